#!/usr/bin/env python3
"""Makes the golden files of NeuralNetTests with PyTorch.

Run with PyTorch 2.13, NumPy and safetensors 0.5 or later:  python3 make_goldens.py
Writes one .safetensors file a network beside itself. The networks are those of the papers, with torchvision's parameter
names (WideResNet: those of the usual PyTorch port), at small widths; dropout is left out.

Everything is computed in float64 and stored as float32, so the goldens carry no rounding error worth mentioning. The same
is then computed TRIALS times in float32, PyTorch's own way, from weights that are off by up to NOISE, sixteen roundings,
and how far the worst of these lies off is stored with every tensor. Rounding turns a ReLU or a maximum the other way now
and then, which changes a training by a step and not smoothly; among several trials it shows. A tolerance that is a small
multiple of the figure asks of us what PyTorch achieves.

Starting tensors and images are not stored. Both sides draw them from SplitMix64, seeded with SEED and the tensor's name.

Tensors of a file:
  output               logits, or the U-Net's output
  gradient/NAME        of every parameter and of `images`, every STRIDE-th element of tensors larger than LARGE
  OPTIMISER/losses     11, for adam and sgd: one before each step and one after the last, all in training mode
  OPTIMISER/NAME       parameters and running statistics after ten steps, thinned the same way
  KEY.check            two numbers: the sum of squares of the whole tensor, and the largest ||trial - exact|| / ||exact||;
                       for tensors after ten steps the movement since the start is compared
"""
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

SEED = 20261121
STEPS = 10
TRIALS = 4
NOISE = 2.0**-20
LARGE = 512
OPTIMISERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=1e-3),
    "sgd": lambda p: torch.optim.SGD(p, lr=1e-3, momentum=0.9, nesterov=True, weight_decay=5e-4),
}
# Prime to every channel count and kernel size, so that the kept elements cover all rows, columns and taps.
STRIDE = 37


def uniform(name, shape):
    """Uniform in [0, 1): SplitMix64 started at SEED + FNV-1a(name)."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & (2**64 - 1)
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        z = np.uint64((state + SEED) & (2**64 - 1)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return torch.from_numpy((z >> np.uint64(40)).astype(np.float64) * 2.0**-24).reshape(shape)


def images(name, *shape):
    return torch.floor(uniform(name, shape) * 256)


def labels(count):
    return torch.floor(uniform("labels", (count,)) * 10).long()


def start(name, shape):
    """The tensor `name` before the first step, a float32 number each."""
    if name.endswith("running_mean"):
        return torch.zeros(shape, dtype=torch.float64)
    if name.endswith("running_var"):
        return torch.ones(shape, dtype=torch.float64)
    centred = uniform(name, shape) * 2 - 1
    if len(shape) > 1:
        # Powers of two keep the product exact; about 1 / sqrt(fan-in).
        fan_in = int(np.prod(shape[1:]))
        return centred * 2.0 ** -round(np.log2(fan_in) / 2 - 0.5)
    if name.endswith("bias"):
        return centred * 0.25
    return 1 + centred * 0.5


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, blocks, channels, width, classes, large=False):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, *((7, 2, 3) if large else (3, 1, 1)), bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.pool = nn.MaxPool2d(3, 2, 1) if large else nn.Identity()
        inputs = width
        for stage, count in enumerate(blocks):
            outputs = width << stage
            rest = [BasicBlock(outputs, outputs, 1) for _ in range(count - 1)]
            first = BasicBlock(inputs, outputs, 1 if stage == 0 else 2)
            setattr(self, f"layer{stage + 1}", nn.Sequential(first, *rest))
            inputs = outputs
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3)))


class VGG(nn.Module):
    def __init__(self, convolutions, channels, width, classes, large):
        super().__init__()
        layers = []
        for stage, count in enumerate(convolutions):
            outputs = width << min(stage, 3)
            for _ in range(count):
                layers += [nn.Conv2d(channels, outputs, 3, 1, 1), nn.BatchNorm2d(outputs), nn.ReLU()]
                channels = outputs
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(7 if large else 1)
        hidden = 64 * width
        self.classifier = nn.Linear(channels, classes)
        if large:
            self.classifier = nn.Sequential(
                nn.Linear(channels * 49, hidden), nn.ReLU(), nn.Identity(),
                nn.Linear(hidden, hidden), nn.ReLU(), nn.Identity(), nn.Linear(hidden, classes))

    def forward(self, x):
        return self.classifier(self.pool(self.features(x)).flatten(1))


class AlexNet(nn.Module):
    def __init__(self, channels, width, classes, large):
        super().__init__()
        pool = (3 if large else 2, 2)
        self.features = nn.Sequential(
            nn.Conv2d(channels, width, 11, 4, 2 if large else 5), nn.ReLU(), nn.MaxPool2d(*pool),
            nn.Conv2d(width, 3 * width, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(*pool),
            nn.Conv2d(3 * width, 6 * width, 3, 1, 1), nn.ReLU(),
            nn.Conv2d(6 * width, 4 * width, 3, 1, 1), nn.ReLU(),
            nn.Conv2d(4 * width, 4 * width, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(*pool))
        self.pool = nn.AdaptiveAvgPool2d(6 if large else 1)
        hidden = 64 * width
        self.classifier = nn.Linear(4 * width, classes)
        if large:
            self.classifier = nn.Sequential(
                nn.Identity(), nn.Linear(4 * width * 36, hidden), nn.ReLU(),
                nn.Identity(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, classes))

    def forward(self, x):
        return self.classifier(self.pool(self.features(x)).flatten(1))


class Fire(nn.Module):
    def __init__(self, inputs, few, many):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, few, 1)
        self.expand1x1 = nn.Conv2d(few, many, 1)
        self.expand3x3 = nn.Conv2d(few, many, 3, 1, 1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self, channels, width):
        super().__init__()

        def fire(inputs, scale):
            return Fire(inputs * width, scale * width // 4, scale * width)

        def pool():
            return nn.MaxPool2d(3, 2, ceil_mode=True)

        self.features = nn.Sequential(
            nn.Conv2d(channels, width, 3, 2), nn.ReLU(), pool(), fire(1, 1), fire(2, 1), pool(), fire(2, 2), fire(4, 2),
            pool(), fire(4, 3), fire(6, 3), fire(6, 4), fire(8, 4))

    def forward(self, x):
        return self.features(x)


class DenseLayer(nn.Module):
    def __init__(self, inputs, growth):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, 1, 1, bias=False)

    def forward(self, x):
        return self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))


class DenseBlock(nn.Module):
    def __init__(self, layers, inputs, growth):
        super().__init__()
        for layer in range(layers):
            setattr(self, f"denselayer{layer + 1}", DenseLayer(inputs + layer * growth, growth))

    def forward(self, x):
        for layer in self.children():
            x = torch.cat([x, layer(x)], 1)
        return x


class Transition(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.conv = nn.Conv2d(channels, channels // 2, 1, bias=False)

    def forward(self, x):
        return F.avg_pool2d(self.conv(F.relu(self.norm(x))), 2)


class DenseNet(nn.Module):
    def __init__(self, blocks, channels, width, classes, large):
        super().__init__()
        features = nn.Sequential()
        features.add_module("conv0", nn.Conv2d(channels, width, *((7, 2, 3) if large else (3, 1, 1)), bias=False))
        features.add_module("norm0", nn.BatchNorm2d(width))
        features.add_module("relu0", nn.ReLU())
        if large:
            features.add_module("pool0", nn.MaxPool2d(3, 2, 1))
        count, growth = width, width // 2
        for index, layers in enumerate(blocks):
            features.add_module(f"denseblock{index + 1}", DenseBlock(layers, count, growth))
            count += layers * growth
            if index + 1 < len(blocks):
                features.add_module(f"transition{index + 1}", Transition(count))
                count //= 2
        features.add_module("norm5", nn.BatchNorm2d(count))
        self.features = features
        self.classifier = nn.Linear(count, classes)

    def forward(self, x):
        return self.classifier(F.relu(self.features(x)).mean((2, 3)))


class WideBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.convShortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if inputs != outputs else None

    def forward(self, x):
        y = F.relu(self.bn1(x))
        z = self.conv2(F.relu(self.bn2(self.conv1(y))))
        return z + (x if self.convShortcut is None else self.convShortcut(y))


class WideGroup(nn.Module):
    def __init__(self, blocks, inputs, outputs, stride):
        super().__init__()
        rest = [WideBlock(outputs, outputs, 1) for _ in range(blocks - 1)]
        self.layer = nn.Sequential(WideBlock(inputs, outputs, stride), *rest)

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    def __init__(self, depth, channels, width, classes):
        super().__init__()
        blocks = (depth - 4) // 6
        self.conv1 = nn.Conv2d(channels, 16, 3, 1, 1, bias=False)
        self.block1 = WideGroup(blocks, 16, width, 1)
        self.block2 = WideGroup(blocks, width, 2 * width, 2)
        self.block3 = WideGroup(blocks, 2 * width, 4 * width, 2)
        self.bn1 = nn.BatchNorm2d(4 * width)
        self.fc = nn.Linear(4 * width, classes)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x)).mean((2, 3)))


class Double(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class Up(Double):
    def __init__(self, outputs):
        super().__init__(2 * outputs, outputs)
        self.transpose = nn.ConvTranspose2d(2 * outputs, outputs, 2, 2)


class UNet(nn.Module):
    def __init__(self, channels, width, depth):
        super().__init__()
        self.down = nn.ModuleList(Double(channels if i == 0 else width << (i - 1), width << i) for i in range(depth))
        self.middle = Double(width << (depth - 1), width << depth)
        self.up = nn.ModuleList(Up(width << i) for i in range(depth))
        self.head = nn.Conv2d(width, channels, 1)

    def forward(self, x):
        skips = []
        for down in self.down:
            skips.append(down(x))
            x = F.max_pool2d(skips[-1], 2)
        x = self.middle(x)
        for up, skip in reversed(list(zip(self.up, skips))):
            x = up(torch.cat([skip, up.transpose(x)], 1))
        return self.head(x)


class CNN(nn.Module):
    def __init__(self, channels, size, width, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, 1, 1)
        self.conv2 = nn.Conv2d(width, 2 * width, 3, 1, 1)
        self.fc1 = nn.Linear(2 * width * (size // 4) ** 2, 4 * width)
        self.fc2 = nn.Linear(4 * width, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def tensors(network):
    return {k: v for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}


def run(make, x, loss, trial=None):
    """One forward and backward pass from the start, then STEPS steps of each optimiser: exact, or in float32 from
    weights that are a little off."""
    kind = torch.float64 if trial is None else torch.float32
    network = make().to(kind)
    network.train()
    begin = {}
    for name, tensor in tensors(network).items():
        begin[name] = start(name, tensor.shape)
        if trial is not None:
            begin[name] *= 1 + NOISE * (uniform(f"{name} {trial}", tensor.shape) * 2 - 1)

    def reset():
        for name, tensor in tensors(network).items():
            tensor.copy_(begin[name])

    reset()
    x = (x.to(kind) / 255).requires_grad_()
    output = network(x)
    loss(output).backward()
    result = {"output": output.detach().clone(), "gradient/images": x.grad.clone()}
    result |= {f"gradient/{k}": p.grad.clone() for k, p in network.named_parameters()}
    x = x.detach()
    for name, optimiser in OPTIMISERS.items():
        reset()  # every pass moves the running statistics
        optimiser = optimiser(network.parameters())
        losses = []
        for _ in range(STEPS):
            optimiser.zero_grad()
            value = loss(network(x))
            value.backward()
            optimiser.step()
            losses.append(value.item())
        result |= {f"{name}/{k}": v.clone() for k, v in tensors(network).items()}
        losses.append(loss(network(x)).item())
        result[f"{name}/losses"] = torch.tensor(losses, dtype=torch.float64)
    return {k: v.double() for k, v in result.items()}


def origin(key, shape):
    """Where a tensor after some steps started; zero for anything else."""
    first, _, name = key.partition("/")
    return start(name, shape) if first in OPTIMISERS and name != "losses" else torch.zeros(())


def save(name, make, x, loss):
    exact = run(make, x, loss)
    trials = [run(make, x, loss, trial) for trial in range(TRIALS)]
    file = {}
    for key, tensor in exact.items():
        flat = tensor.flatten()
        size = (tensor - origin(key, tensor.shape)).norm()
        error = max((trial[key] - tensor).norm() / size for trial in trials)
        file[key] = flat[::STRIDE] if flat.numel() > LARGE else flat
        file[f"{key}.check"] = torch.stack([(flat**2).sum(), error])
    file = {k: v.float().clone() for k, v in file.items()}
    path = pathlib.Path(__file__).parent / f"{name}.safetensors"
    save_file(file, path)
    path.chmod(0o644)


def classify(name, make, *shape):
    """Cross-entropy over 10 classes of images of a shape."""
    y = labels(shape[0])
    save(name, make, images("images", *shape), lambda z: F.cross_entropy(z, y))


def resemble(name, make, *shape):
    """Mean squared difference from target images of the output's shape."""
    x = images("images", *shape)
    with torch.no_grad():
        target = images("target", *make().double()(x.double()).shape) / 255
    save(name, make, x, lambda z: F.mse_loss(z, target.to(z.dtype)))


def main():
    classify("resnet18", lambda: ResNet([2, 2, 2, 2], 3, 8, 10), 8, 3, 16, 16)
    classify("resnet34-imagenet", lambda: ResNet([3, 4, 6, 3], 3, 4, 10, large=True), 8, 3, 64, 48)
    classify("cnn", lambda: CNN(1, 12, 5, 10), 4, 1, 12, 12)
    classify("vgg16-imagenet", lambda: VGG([2, 2, 3, 3, 3], 3, 2, 10, large=True), 8, 3, 48, 64)
    classify("vgg19", lambda: VGG([2, 2, 4, 4, 4], 3, 4, 10, large=False), 8, 3, 32, 32)
    classify("alexnet", lambda: AlexNet(3, 6, 10, large=False), 4, 3, 32, 36)
    classify("alexnet-imagenet", lambda: AlexNet(3, 4, 10, large=True), 4, 3, 71, 63)
    classify("densenet", lambda: DenseNet([2, 3, 2, 2], 3, 16, 10, large=False), 8, 3, 16, 16)
    classify("densenet-imagenet", lambda: DenseNet([3, 2, 2, 2], 3, 6, 10, large=True), 8, 3, 64, 48)
    classify("wrn", lambda: WideResNet(10, 3, 8, 10), 8, 3, 12, 16)
    resemble("squeezenet", lambda: SqueezeNet(3, 8), 2, 3, 37, 44)
    resemble("unet", lambda: UNet(3, 8, 2), 2, 3, 16, 16)


if __name__ == "__main__":
    main()
