"""A training step of ResNet-18 (CIFAR stem) in PyTorch on the CPU, as `dandyroll model train` takes it: images per second.

Usage: resnet18_training.py [--width 16] [--batch 128] [--threads 2] [--rounds 5]
The network is that of the golden tests. Prints one JSON line per memory format with the median over the rounds.
"""

import argparse
import importlib.util
import json
import pathlib
import statistics
import time

import torch
from torch.nn import functional

GOLDENS = pathlib.Path(__file__).resolve().parents[2] / "Tests/NeuralNetTests/Goldens/make_goldens.py"


def main():
    parser = argparse.ArgumentParser()
    for name, default in dict(width=16, batch=128, threads=2, rounds=5, steps=5).items():
        parser.add_argument("--" + name, type=int, default=default)
    options = parser.parse_args()
    spec = importlib.util.spec_from_file_location("goldens", GOLDENS)
    goldens = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(goldens)
    torch.set_default_dtype(torch.float32)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    for layout in (torch.contiguous_format, torch.channels_last):
        network = goldens.ResNet18(3, options.width, 10).float().to(memory_format=layout).train()
        optimiser = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=5e-4)
        images = torch.randint(0, 256, (options.batch, 3, 32, 32), dtype=torch.uint8)
        labels = torch.arange(options.batch) % 10

        def step():
            optimiser.zero_grad()
            inputs = (images.float() / 255).to(memory_format=layout)
            functional.cross_entropy(network(inputs), labels).backward()
            optimiser.step()

        step()
        rates = []
        for _ in range(options.rounds):
            start = time.perf_counter()
            for _ in range(options.steps):
                step()
            rates.append(options.batch * options.steps / (time.perf_counter() - start))
        print(json.dumps(dict(
            peer="pytorch " + torch.__version__, layout=str(layout).split(".")[-1], width=options.width,
            batch=options.batch, threads=options.threads, images_per_second=round(statistics.median(rates), 1))))


if __name__ == "__main__":
    main()
