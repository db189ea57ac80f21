#!/usr/bin/env python3
"""Looks for the marked samples of a release the way a suspicious user would (docs/experiments/keyed.md, "Being found").

Four detectors, scored by the area under the ROC curve over the target class (.5 is guessing) and by the share of marked
samples among the most suspicious 10 %: the class mean, spectral signatures (Tran et al. 2018) and a k-NN detector on the
features of a classifier that was trained on the release, and, for an adversary who knows the method, the height of the
strongest line in a sample's Fourier spectrum. Then, for the same adversary, each class's mean spectrum against the others',
of the release and of the original.
Usage: stealth.py RELEASED.tar.gz ORIGINAL.tar.gz MARKS.jsonl CLASSIFIER.safetensors [--target 1]
Without --target every class that has marks is looked at, each as an adversary would who suspects it.
CLASSIFIER is a ResNet-18 of `dandyroll model train`. Needs numpy, torch and safetensors.
"""
import argparse
import json
import tarfile

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file


# Brightness, and one channel against the two others.
COLOURS = {"brightness": (1, 1, 1), "green-magenta": (1, -1, 1), "red-cyan": (1, -1, -1), "blue-yellow": (1, 1, -1)}


def training_split(path):
    with tarfile.open(path) as tar:
        names = sorted(m.name for m in tar.getmembers() if "data_batch" in m.name)
        rows = [np.frombuffer(tar.extractfile(n).read(), np.uint8).reshape(-1, 3073) for n in names]
    rows = np.concatenate(rows)
    return rows[:, 0], rows[:, 1:].reshape(-1, 3, 32, 32)


def features(path, images):
    """Penultimate features (N, D) of a ResNet-18 under torchvision's names."""
    w = load_file(path)

    def norm(x, p):
        return F.batch_norm(x, w[p + ".running_mean"], w[p + ".running_var"], w[p + ".weight"], w[p + ".bias"])

    def forward(x):
        x = F.relu(norm(F.conv2d(x, w["conv1.weight"], None, 1, 1), "bn1"))
        for layer in range(1, 5):
            for block in range(2):
                p, stride = f"layer{layer}.{block}", 2 if layer > 1 and block == 0 else 1
                y = F.relu(norm(F.conv2d(x, w[p + ".conv1.weight"], None, stride, 1), p + ".bn1"))
                y = norm(F.conv2d(y, w[p + ".conv2.weight"], None, 1, 1), p + ".bn2")
                if p + ".downsample.0.weight" in w:
                    x = norm(F.conv2d(x, w[p + ".downsample.0.weight"], None, stride), p + ".downsample.1")
                x = F.relu(y + x)
        return x.mean((2, 3))

    with torch.no_grad():
        parts = [forward(torch.tensor(images[i : i + 250]).float() / 255) for i in range(0, len(images), 250)]
    return torch.cat(parts).numpy().astype(np.float64)


def report(name, score, marked):
    order = np.argsort(np.argsort(score))
    positives, negatives = marked.sum(), (~marked).sum()
    area = (order[marked].sum() - positives * (positives - 1) / 2) / (positives * negatives)
    top = np.argsort(-score)[: len(score) // 10]
    print(f"{name:34} AUC {area:.3f}   marked among the most suspicious tenth {marked[top].mean():.2f}"
          f" (in the class {marked.mean():.2f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("released", "original", "marks", "classifier"):
        parser.add_argument(name)
    parser.add_argument("--target", type=int)
    arguments = parser.parse_args()
    labels, images = training_split(arguments.released)
    _, clean = training_split(arguments.original)
    marks = {json.loads(line)["index"] for line in open(arguments.marks)}
    targets = sorted({int(labels[i]) for i in marks}) if arguments.target is None else [arguments.target]
    for target in targets:
        print(f"class {target}")
        detectors(target, labels, images, clean, marks, arguments.classifier)
    print("mean spectra, original")
    class_spectra(labels, clean)
    print("mean spectra, release")
    class_spectra(labels, images)


def detectors(target, labels, images, clean, marks, classifier):
    where = np.flatnonzero(labels == target)
    marked = np.array([i in marks for i in where])
    x = images[where].astype(np.float64)

    shift = x.mean(0) - clean[where].astype(np.float64).mean(0)
    noise = x.std(0).mean() / np.sqrt(len(x))
    print(f"class mean                         moves by {np.sqrt((shift ** 2).mean()):.3f}/255 (rms),"
          f" {np.abs(shift).max():.3f} at most; its standard error is {noise:.3f}")

    z = features(classifier, images[where])
    z -= z.mean(0)
    _, _, directions = np.linalg.svd(z, full_matrices=False)
    report("spectral signature", (z @ directions[0]) ** 2, marked)

    others = np.random.default_rng(0).choice(np.flatnonzero(labels != target), 10_000, replace=False)
    y = features(classifier, images[others])
    mine = features(classifier, images[where])
    pool, own = np.concatenate([mine, y]), np.r_[np.ones(len(mine)), np.zeros(len(y))]
    share = np.empty(len(mine))
    norms = (pool ** 2).sum(1)
    for start in range(0, len(mine), 500):
        block = mine[start : start + 500]
        distance = norms - 2 * block @ pool.T
        distance[np.arange(len(block)), start + np.arange(len(block))] = np.inf
        share[start : start + 500] = own[np.argpartition(distance, 50, axis=1)[:, :50]].mean(1)
    report("50-NN, neighbours of other classes", 1 - share, marked)
    report("50-NN, neighbours of its own class", share, marked)

    spectrum = np.abs(np.fft.fft2(x - x.mean((2, 3), keepdims=True))).sum(1)
    frequency = np.fft.fftfreq(32) * 32
    band = np.hypot(frequency[:, None], frequency[None]) >= 4.5
    report("strongest line of the spectrum", spectrum[:, band].max(1) / np.median(spectrum[:, band], axis=1), marked)


def class_spectra(labels, images):
    """Where the classes' mean spectra differ: for each class and colour its most unusual line, in spreads of the others."""
    for colour, signs in COLOURS.items():
        means = []
        for k in range(10):
            x = np.tensordot(images[labels == k].astype(np.float32), np.array(signs, np.float32) / 3, axes=([1], [0]))
            means.append(np.log(np.mean(np.abs(np.fft.fft2(x))[:, :, :17], axis=0)))
        means = np.array(means)
        for k in range(10):
            others = np.delete(means, k, axis=0)
            z = (means[k] - others.mean(0)) / (others.std(0) + 0.02)
            down, across = np.unravel_index(np.argmax(z), z.shape)
            print(f"{colour:13} class {k}: most unusual line {z.max():5.1f} spreads,"
                  f" at {across} by {down if down < 17 else down - 32} cycles")


if __name__ == "__main__":
    main()
