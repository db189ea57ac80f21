#!/usr/bin/env python3
"""Makes the golden distances of LPIPS with the PyPI package lpips.

Run with lpips 0.1.4, torchvision 0.28 and PyTorch 2.13:  python3 make_lpips.py
Writes lpips.safetensors beside itself, computed in float64.

Weights and images are not stored: both sides draw them as make_goldens.py says, the trunk's by their names in torchvision
(features.N...), the heads by lin0.weight and so on. Heads are uniform in [0, 1), weights uniform in +-sqrt(6 / fan-in),
biases uniform in +-0.25. Images smaller than 64 pixels are interpolated to 64 on the shorter side before the package sees
them, and grey ones repeated, as the package leaves to its callers.

Tensors of a file, for each TRUNK (alexnet, vgg16, squeezenet1_1) and CASE (grey 1x28x28, colour 3x32x40, large 3x65x70):
  TRUNK/CASE             the distance of each of two pairs of images
  TRUNK/CASE/gradient    of their mean, with respect to the second images in [0, 1], every STRIDE-th element
  TRUNK/CASE/norm        the sum of squares of that gradient
"""
import pathlib

import lpips
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from make_goldens import STRIDE, images, uniform

TRUNKS = {"alexnet": "alex", "vgg16": "vgg", "squeezenet1_1": "squeeze"}
CASES = {"grey": (1, 28, 28), "colour": (3, 32, 40), "large": (3, 65, 70)}
# Which images of a case: such that PyTorch's own float32 turns none of VGG's ReLUs and maxima the other way.
DRAWS = {"grey": 3, "colour": 2, "large": 4}


def weight(name, shape):
    values = uniform(name, shape)
    if name.startswith("lin"):
        return values
    if name.endswith("bias"):
        return (values * 2 - 1) * 0.25
    return ((values * 2 - 1) * (6 / shape[1:].numel()) ** 0.5).float().double()


def public(name):
    """A tensor's name in torchvision or in the heads' file; None for the scaling layer's constants."""
    parts = name.split(".")
    if parts[0] == "net":  # net.sliceS.N.REST
        return ".".join(["features"] + parts[2:])
    if parts[0] == "lins":  # lins.N.model.1.weight
        return f"lin{parts[1]}.weight"
    return f"{parts[0]}.weight" if parts[0].startswith("lin") else None


def metric(trunk):
    network = lpips.LPIPS(net=TRUNKS[trunk], pnet_rand=True, pretrained=False, verbose=False).double()
    for name, tensor in network.state_dict().items():
        if public(name):
            tensor.copy_(weight(public(name), tensor.shape))
    return network


def prepare(x):
    side = min(x.shape[2:])
    if side < 64:
        size = [int(s * 64 / side + 0.5) for s in x.shape[2:]]
        x = F.interpolate(x, size=size, mode="bilinear", align_corners=False)
    return x.expand(-1, 3, -1, -1)


def main():
    file = {}
    for trunk in TRUNKS:
        network = metric(trunk)
        for case, shape in CASES.items():
            left = images(f"left {DRAWS[case]}", 2, *shape) / 255
            right = (images(f"right {DRAWS[case]}", 2, *shape) / 255).requires_grad_()
            distances = network(prepare(left), prepare(right), normalize=True).flatten()
            (gradient,) = torch.autograd.grad(distances.mean(), right)
            file[f"{trunk}/{case}"] = distances.detach()
            file[f"{trunk}/{case}/gradient"] = gradient.flatten()[::STRIDE]
            file[f"{trunk}/{case}/norm"] = (gradient**2).sum().reshape(1)
            print(trunk, case, distances.tolist())
    path = pathlib.Path(__file__).parent / "lpips.safetensors"
    save_file({k: v.float().clone() for k, v in file.items()}, path)
    path.chmod(0o644)


if __name__ == "__main__":
    main()
