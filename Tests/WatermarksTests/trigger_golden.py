#!/usr/bin/env python3
"""What the triggers of BadNets, Blended, WaNet and UBW-P do to pixels, by the rules of the papers (docs/METHODS.md names
them) in NumPy alone: writes Goldens/triggers.json. With PyTorch installed WaNet's grid and its sampling are compared with
torch.nn.functional.interpolate (bicubic, align_corners=True) and grid_sample (bilinear, align_corners=True) as well.

    python3 trigger_golden.py
"""
import json
import os

import numpy

SEED = 19
random = numpy.random.default_rng(SEED)


def patched(image, pattern, opacity):
    """x' = (1 - a) x + a pattern in the bottom right corner; image (C, H, W), pattern (side, side)."""
    side = pattern.shape[0]
    weight = numpy.zeros(image.shape)
    full = numpy.zeros(image.shape)
    weight[:, -side:, -side:] = opacity
    full[:, -side:, -side:] = pattern
    return numpy.rint((1 - weight) * image + weight * full).astype(int)


def cubic(x, a=-0.75):
    x = abs(x)
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a if x < 2 else 0.0


def matrix(points, length):
    """Cubic convolution along one side with corners on corners: (length, points)."""
    rows = numpy.zeros((length, points))
    for pixel in range(length):
        place = pixel * (points - 1) / (length - 1)
        whole = int(numpy.floor(place))
        for step in range(-1, 3):
            rows[pixel, min(max(whole + step, 0), points - 1)] += cubic(place - whole - step)
    return rows


def warp(noise, strength, height, width):
    """grid = clamp(identity + s * upsampled(noise / mean|noise|) / side, -1, 1): (H, W, 2), across first."""
    unit = noise / numpy.abs(noise).mean()
    k = noise.shape[1]
    smooth = [matrix(k, height) @ unit[axis] @ matrix(k, width).T for axis in range(2)]
    down, across = numpy.meshgrid(numpy.linspace(-1, 1, height), numpy.linspace(-1, 1, width), indexing="ij")
    grid = numpy.stack([across + strength * smooth[0] / width, down + strength * smooth[1] / height], -1)
    return numpy.clip(grid, -1, 1), numpy.stack(smooth)


def sampled(image, grid):
    """Bilinear, corners on corners."""
    _, height, width = image.shape
    x, y = (grid[..., 0] + 1) / 2 * (width - 1), (grid[..., 1] + 1) / 2 * (height - 1)
    left, top = numpy.floor(x).astype(int), numpy.floor(y).astype(int)
    right, bottom = numpy.minimum(left + 1, width - 1), numpy.minimum(top + 1, height - 1)
    dx, dy = x - left, y - top
    upper = (1 - dx) * image[:, top, left] + dx * image[:, top, right]
    lower = (1 - dx) * image[:, bottom, left] + dx * image[:, bottom, right]
    return (1 - dy) * upper + dy * lower


def compare_with_torch(image, noise, grid, smooth, values):
    try:
        import torch
        from torch.nn.functional import grid_sample, interpolate
    except ImportError:
        return print("PyTorch is not here: NumPy alone")
    unit = torch.tensor(noise / numpy.abs(noise).mean())[None]
    theirs = interpolate(unit, size=grid.shape[:2], mode="bicubic", align_corners=True)[0]
    assert numpy.abs(theirs.numpy() - smooth).max() < 1e-9
    theirs = grid_sample(
        torch.tensor(image.astype(float))[None], torch.tensor(grid)[None], mode="bilinear", align_corners=True)[0]
    assert numpy.abs(theirs.numpy() - values).max() < 1e-6


def rounded(array):
    return [round(float(value), 8) for value in array.ravel()]


image = random.integers(0, 256, (3, 12, 10))
pattern = random.integers(0, 256, (3, 12, 10))
white = numpy.full((3, 3), 255)
published = 255 * numpy.array([[0, 0, 1], [0, 1, 0], [1, 0, 1]])
golden = {
    "seed": SEED,
    "image": image.ravel().tolist(),
    "pattern": pattern.ravel().tolist(),
    "badnets": patched(image, white, 1).ravel().tolist(),
    "ubw": patched(image, published, 1).ravel().tolist(),
    "blendedPatch": patched(image, white, 0.2).ravel().tolist(),
    "blendedNoise": numpy.rint(0.8 * image + 0.2 * pattern).astype(int).ravel().tolist(),
    "warps": [],
}
for k, strength in [(4, 0.5), (8, 2.0)]:
    noise = random.uniform(-1, 1, (2, k, k)).astype(numpy.float32).astype(float)
    grid, smooth = warp(noise, strength, 12, 10)
    values = sampled(image, grid)
    compare_with_torch(image, noise, grid, smooth, values)
    golden["warps"].append({
        "noise": rounded(noise), "strength": strength, "across": rounded(grid[..., 0]), "down": rounded(grid[..., 1]),
        "values": [round(float(value), 4) for value in values.ravel()],
    })
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "Goldens", "triggers.json"), "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")
