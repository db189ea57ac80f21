"""Dandyroll's networks in PyTorch, as a user would write them. `parameters` lets a comparison notice a difference."""

import importlib.util
import pathlib

import torch
from torch import nn
from torch.nn import functional as F


def norm_convolution(inputs, outputs, kernel=3, stride=1, padding=1):
    return [nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False), nn.BatchNorm2d(outputs)]


def double(inputs, outputs):
    return nn.Sequential(
        *norm_convolution(inputs, outputs), nn.ReLU(inplace=True),
        *norm_convolution(outputs, outputs), nn.ReLU(inplace=True))


class UNet(nn.Module):
    def __init__(self, channels, width, depth):
        super().__init__()
        widths = [width << level for level in range(depth + 1)]
        self.down = nn.ModuleList(double(a, b) for a, b in zip([channels] + widths[:-1], widths))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, stride=2) for w in reversed(widths[:-1]))
        self.merge = nn.ModuleList(double(2 * w, w) for w in reversed(widths[:-1]))
        self.head = nn.Conv2d(width, channels, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else self.pool(x))
            skips.append(x)
        skips.pop()
        for up, merge in zip(self.up, self.merge):
            x = merge(torch.cat([skips.pop(), up(x)], 1))
        return self.head(x)


class Marker(nn.Module):
    """Bytes in, bytes out: x → round(clip(x + ε·tanh(U(x)), 0, 1))."""

    def __init__(self, network, epsilon):
        super().__init__()
        self.network = network
        self.epsilon = epsilon

    def forward(self, images):
        x = images.float() / 255
        y = (x + self.epsilon * torch.tanh(self.network(x))).clamp(0, 1)
        return (y * 255).round().to(torch.uint8)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Sequential(*norm_convolution(inputs, outputs, stride=stride))
        self.second = nn.Sequential(*norm_convolution(outputs, outputs))
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(*norm_convolution(inputs, outputs, 1, stride, 0))

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x), inplace=True)) + self.shortcut(x))


class ResNet(nn.Module):
    """With the stem for small images. `blocks` basic blocks in each of the four stages."""

    def __init__(self, channels, width, classes, blocks):
        super().__init__()
        self.stem = nn.Sequential(*norm_convolution(channels, width))
        self.stages = nn.ModuleList()
        inputs = width
        for stage, count in enumerate(blocks):
            outputs = width << stage
            strides = [1 if stage == 0 else 2] + [1] * (count - 1)
            self.stages.append(nn.Sequential(*(
                BasicBlock(inputs if place == 0 else outputs, outputs, stride)
                for place, stride in enumerate(strides))))
            inputs = outputs
        self.fc = nn.Linear(inputs, classes)

    def taps(self, x):
        x = F.relu(self.stem(x), inplace=True)
        taps = []
        for stage in self.stages:
            x = stage(x)
            taps.append(x)
        return taps

    def logits(self, taps):
        return self.fc(taps[-1].mean((2, 3)))

    def forward(self, x):
        return self.logits(self.taps(x))


class BaselineCNN(nn.Module):
    def __init__(self, shape, width, classes):
        super().__init__()
        channels, height, breadth = shape
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.fc1 = nn.Linear(2 * width * (height // 4) * (breadth // 4), 4 * width)
        self.fc2 = nn.Linear(4 * width, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def classifier(architecture, shape, width, classes):
    if architecture == "resnet18":
        return ResNet(shape[0], width, classes, (2, 2, 2, 2))
    if architecture == "resnet34":
        return ResNet(shape[0], width, classes, (3, 4, 6, 3))
    if architecture == "cnn":
        return BaselineCNN(shape, width, classes)
    return published(architecture, shape[0], width, classes)


def published(architecture, channels, width, classes):
    """The other classifiers, in the form for small images: those of the golden tests."""
    path = pathlib.Path(__file__).resolve().parents[2] / "Tests/NeuralNetTests/Goldens/make_goldens.py"
    spec = importlib.util.spec_from_file_location("goldens", path)
    goldens = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(goldens)
    torch.set_default_dtype(torch.float32)
    name, *sizes = architecture.split("-")
    if architecture in ("vgg16", "vgg19"):
        blocks = (2, 2, 3, 3, 3) if architecture == "vgg16" else (2, 2, 4, 4, 4)
        network = goldens.VGG(blocks, channels, width, classes, large=False)
    elif architecture == "alexnet":
        network = goldens.AlexNet(channels, width, classes, large=False)
    elif architecture == "densenet121":
        network = goldens.DenseNet((6, 12, 24, 16), channels, width, classes, large=False)
    elif name == "wrn" and len(sizes) == 2:
        network = goldens.WideResNet(int(sizes[0]), channels, width, classes)
    else:
        raise SystemExit(f"no peer of “{architecture}” in networks.py")
    # As a user would write it, for PyTorch's memory.
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = True
    return network


def parameters(network):
    """Numbers in the network's file: parameters and running statistics."""
    return sum(v.numel() for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked"))
