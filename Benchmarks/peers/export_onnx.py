"""Writes the marker of an inference case (bytes in, bytes out) as an ONNX file, for the peers that run such files.

Usage: export_onnx.py CASE FILE.onnx
Needs torch, onnx and onnxscript. Prints the U-Net's number of parameters.
"""

import sys

import torch

import cases
import networks


def main():
    case = cases.parse(sys.argv[1])
    if case.kind != "inference":
        raise SystemExit(f"only inference is exported, not “{case.name}”")
    torch.manual_seed(0)
    unet = networks.UNet(case.shape[0], case.width, case.depth)
    images = torch.zeros((case.batch, *case.shape), dtype=torch.uint8)
    torch.onnx.export(
        networks.Marker(unet, cases.EPSILON).eval(), (images,), sys.argv[2], input_names=["images"],
        output_names=["marked"], dynamo=True, external_data=False, verbose=False)
    print(networks.parameters(unet))


if __name__ == "__main__":
    main()
