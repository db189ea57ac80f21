"""U-Net inference in PyTorch on the CPU: images per second at the sizes that Dandyroll marks with.

Usage: unet_inference.py [--width 32] [--depth 3] [--size 32] [--batch 64] [--threads 2] [--rounds 5]
Prints one JSON line per memory format with the median over the rounds.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn


def double(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


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


def mark(network, images, epsilon):
    x = images.float() / 255
    y = (x + epsilon * torch.tanh(network(x))).clamp(0, 1)
    return (y * 255).round().to(torch.uint8)


def main():
    parser = argparse.ArgumentParser()
    for name, default in dict(width=32, depth=3, size=32, batch=64, threads=2, rounds=5, seconds=2).items():
        parser.add_argument("--" + name, type=int, default=default)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    for layout in (torch.contiguous_format, torch.channels_last):
        network = UNet(3, options.width, options.depth).eval().to(memory_format=layout)
        images = torch.randint(0, 256, (options.batch, 3, options.size, options.size), dtype=torch.uint8)
        images = images.to(memory_format=layout)
        with torch.inference_mode():
            mark(network, images, 8 / 255)
            rates = []
            for _ in range(options.rounds):
                count, start = 0, time.perf_counter()
                while time.perf_counter() - start < options.seconds:
                    mark(network, images, 8 / 255)
                    count += options.batch
                rates.append(count / (time.perf_counter() - start))
        print(json.dumps(dict(
            peer="pytorch " + torch.__version__, layout=str(layout).split(".")[-1], width=options.width,
            depth=options.depth, size=options.size, batch=options.batch, threads=options.threads,
            images_per_second=round(statistics.median(rates), 1))))


if __name__ == "__main__":
    main()
