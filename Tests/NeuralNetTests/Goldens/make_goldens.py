#!/usr/bin/env python3
"""Makes the golden files of NeuralNetTests with PyTorch.

Run with PyTorch 2.13, NumPy and safetensors 0.5 or later:  python3 make_goldens.py
Writes resnet18.safetensors, unet.safetensors and cnn.safetensors beside itself.

Everything is computed in float64 and stored as float32, so the goldens carry no rounding error worth mentioning. The same
is then computed in float32, PyTorch's own way, and how far that lies off is stored with every tensor: a tolerance that is
a small multiple of it asks of us what PyTorch achieves.

Starting tensors and images are not stored. Both sides draw them from SplitMix64, seeded with SEED and the tensor's name.

Tensors of a file:
  output               logits, or the U-Net's output
  losses               11: one before each Adam step and one after the last, all in training mode
  gradient/NAME        of every parameter and of `images`, every STRIDE-th element of tensors larger than LARGE
  after/NAME           parameters and running statistics after ten Adam steps, thinned the same way
  KEY.norm             sum of squares of the whole tensor
  KEY.error            ||float32 - float64|| / ||float64|| in PyTorch; for after/ the movement since the start is compared
"""
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

SEED = 20261121
STEPS = 10
RATE = 1e-3
LARGE = 2048
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


class ResNet18(nn.Module):
    def __init__(self, channels, width, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for stage in range(4):
            outputs = width << stage
            blocks = nn.Sequential(
                BasicBlock(inputs, outputs, 1 if stage == 0 else 2), BasicBlock(outputs, outputs, 1))
            setattr(self, f"layer{stage + 1}", blocks)
            inputs = outputs
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3)))


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


def run(make, x, loss, kind):
    """One forward and backward pass from the start, then STEPS steps of Adam; everything as float64."""
    network = make().to(kind)
    network.train()
    begin = {k: start(k, v.shape).to(kind) for k, v in tensors(network).items()}

    def reset():
        for name, tensor in tensors(network).items():
            tensor.copy_(begin[name])

    reset()
    x = (x.to(kind) / 255).requires_grad_()
    output = network(x)
    loss(output).backward()
    result = {"output": output.detach().clone(), "gradient/images": x.grad.clone()}
    result |= {f"gradient/{k}": p.grad.clone() for k, p in network.named_parameters()}
    reset()  # the pass above moved the running statistics
    x = x.detach()
    adam = torch.optim.Adam(network.parameters(), lr=RATE)
    losses = []
    for _ in range(STEPS):
        adam.zero_grad()
        value = loss(network(x))
        value.backward()
        adam.step()
        losses.append(value.item())
    result |= {f"after/{k}": v.clone() for k, v in tensors(network).items()}
    losses.append(loss(network(x)).item())
    result["losses"] = torch.tensor(losses, dtype=torch.float64)
    return {k: v.double() for k, v in result.items()}


def save(name, make, x, loss):
    exact = run(make, x, loss, torch.float64)
    rounded = run(make, x, loss, torch.float32)
    file = {}
    for key, tensor in exact.items():
        flat = tensor.flatten()
        origin = start(key.removeprefix("after/"), tensor.shape) if key.startswith("after/") else torch.zeros(())
        error = (rounded[key] - tensor).norm() / (tensor - origin).norm()
        file[key] = flat[::STRIDE] if flat.numel() > LARGE else flat
        file[f"{key}.norm"] = (flat**2).sum().reshape(1)
        file[f"{key}.error"] = error.reshape(1)
    file = {k: v.float().clone() for k, v in file.items()}
    path = pathlib.Path(__file__).parent / f"{name}.safetensors"
    save_file(file, path)
    path.chmod(0o644)


def main():
    y = labels(8)
    save("resnet18", lambda: ResNet18(3, 8, 10), images("images", 8, 3, 16, 16), lambda z: F.cross_entropy(z, y))
    target = images("target", 2, 3, 16, 16) / 255
    save("unet", lambda: UNet(3, 8, 2), images("images", 2, 3, 16, 16), lambda z: F.mse_loss(z, target.to(z.dtype)))
    y4 = labels(4)
    save("cnn", lambda: CNN(1, 12, 5, 10), images("images", 4, 1, 12, 12), lambda z: F.cross_entropy(z, y4))


if __name__ == "__main__":
    main()
