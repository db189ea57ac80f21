#!/usr/bin/env python3
"""Lists the parameter names and shapes of the full networks, as NeuralNetTests compares them.

Run with torchvision 0.28 on PyTorch 2.13:  python3 make_names.py
Writes names.json beside itself: network -> name -> shape, without the counts of batches. The networks are torchvision's at
1000 classes; wrn-28-10, which torchvision has not, is make_goldens.py's at 10.
"""
import json
import pathlib

from torchvision import models

from make_goldens import WideResNet, tensors

NETWORKS = {
    "alexnet": models.alexnet,
    "densenet121": models.densenet121,
    "resnet18": models.resnet18,
    "resnet34": models.resnet34,
    "vgg16": models.vgg16_bn,
    "vgg19": models.vgg19_bn,
    "wrn-28-10": lambda: WideResNet(28, 3, 160, 10),
    # The trunks of LPIPS.
    "lpips alexnet": lambda: models.alexnet().features,
    "lpips squeezenet1_1": lambda: models.squeezenet1_1().features,
    "lpips vgg16": lambda: models.vgg16().features,
}


def main():
    lists = {}
    for network, make in NETWORKS.items():
        prefix = "features." if network.startswith("lpips") else ""
        lists[network] = {prefix + name: list(tensor.shape) for name, tensor in tensors(make()).items()}
    path = pathlib.Path(__file__).parent / "names.json"
    path.write_text(json.dumps(lists, separators=(",", ":")).replace('},"', '},\n"').replace('],"', '],\n"') + "\n")


if __name__ == "__main__":
    main()
