"""Writes RadioactiveGoldens.swift: what the rule of radioactive marking gives in PyTorch, on a small network.

Run with PyTorch 2.13 and NumPy: python3 radioactive_golden.py > RadioactiveGoldens.swift;
swift format -i RadioactiveGoldens.swift

The network is the baseline CNN of width 4 on two images of 1x8x8. Its tensors, images and carriers are not stored: both
sides draw them from SplitMix64, seeded with SEED and the FNV-1a hash of a name. Everything here is float64.
"""
import numpy as np
import torch
import torch.nn.functional as F

SEED = 20261201
EPSILON, STEPS, RATE, PIXELS, FEATURES, UNIT = 10, 90, 1.0, 0.0005, 0.01, 0.25
SHAPES = {
    "conv1.weight": (4, 1, 3, 3), "conv1.bias": (4,), "conv2.weight": (8, 4, 3, 3), "conv2.bias": (8,),
    "fc1.weight": (16, 32), "fc1.bias": (16,),
}


def uniform(name, shape):
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


w = {name: uniform(name, shape) - 0.5 for name, shape in SHAPES.items()}


def features(x):
    x = F.max_pool2d(F.relu(F.conv2d(x, w["conv1.weight"], w["conv1.bias"], padding=1)), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, w["conv2.weight"], w["conv2.bias"], padding=1)), 2)
    return F.relu(F.linear(x.flatten(1), w["fc1.weight"], w["fc1.bias"]))


original = torch.floor(uniform("images", (2, 1, 8, 8)) * 256)
u = uniform("carriers", (2, 16)) - 0.5
u = u / u.norm(dim=1, keepdim=True)
x = original / 255
origin = features(x).detach()
delta = torch.zeros_like(x)
for step in range(STEPS):
    shown = (original + torch.sign(delta) * torch.floor(torch.abs(delta) * 255 + 0.5)).clamp(0, 255)
    seen = (shown / 255).requires_grad_(True)
    moved = features(seen) - origin
    distance = torch.where((moved != 0).any(1), moved.pow(2).sum(1).clamp_min(1e-300).sqrt(), torch.zeros(2, dtype=torch.float64))
    (-(moved * u).sum() + FEATURES * distance.sum()).backward()
    delta = delta - RATE * (UNIT**2 * seen.grad + 2 * PIXELS * delta)
    delta = torch.minimum(torch.maximum(delta, torch.maximum(-x, torch.tensor(-EPSILON / 255))),
                          torch.minimum(1 - x, torch.tensor(EPSILON / 255)))
marked = (original + torch.sign(delta) * torch.floor(torch.abs(delta) * 255 + 0.5)).clamp(0, 255)
gain = ((features(marked / 255) - origin) * u).sum(1)


def numbers(values):
    lines, line = [], ""
    for v in values:
        if len(line) > 100:
            lines.append(line.rstrip())
            line = ""
        line += f"{v}, "
    return "[\n    " + "\n    ".join(lines + [line.rstrip()]) + "\n  ]"


print("// Written by radioactive_golden.py, seed 20261201. Do not edit.\n")
print("enum RadioactiveGoldens {")
print("  static let images: [UInt8] = " + numbers(int(v) for v in original.ravel()))
print("\n  static let marked: [UInt8] = " + numbers(int(v) for v in marked.ravel()))
print("\n  /// How far each image's features have moved along its carrier.")
print("  static let gains: [Double] = " + numbers(repr(float(v)) for v in gain))
print("}")
