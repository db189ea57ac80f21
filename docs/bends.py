#!/usr/bin/env python3
"""Would gratings that bend, or that drift in frequency, hide from a class's mean spectrum? (docs/experiments/keyed.md, "Being
found")

Marks the samples that a release marked with gratings of a few made-up keys, once straight and then bent (the phase moves
by B·sin over so many cycles of the image, in a direction of each sample's own) or with a frequency of each sample's own
(up to D cycles off), and prints the most unusual line of the class's mean spectrum for each colour, in spreads of the other
classes. Nothing is trained.
Usage: bends.py RELEASED.tar.gz ORIGINAL.tar.gz --target 1. Needs numpy, and what stealth.py needs.
"""
import argparse

import numpy as np

from stealth import COLOURS, training_split

SIGNS = [np.array(signs) for signs in COLOURS.values()]
# Cycles over 32 pixels to the right and down, and the colour.
KEYS = [
    [(4.5, 10.5, 0)], [(4.5, 10.5, 0), (10.5, 7.5, 2)], [(7.5, 1.5, 0), (4.5, 7.5, 1)], [(13.5, 10.5, 3), (1.5, 10.5, 2)]]
# B in radians, its cycles, D in cycles.
FORMS = [(0, 1, 0), (1, 1, 0), (2, 1, 0), (2, 0.7, 0), (3, 0.7, 0), (0, 1, 1.5), (1.5, 0.7, 1), (2, 1, 1.5), (4, 0.7, 0)]


def mean_spectra(images):
    """Mean log amplitude (colours, 32, 17)."""
    parts = []
    for signs in SIGNS:
        x = np.tensordot(images.astype(np.float32), (signs / 3).astype(np.float32), axes=([1], [0]))
        parts.append(np.log(np.abs(np.fft.fft2(x))[:, :, :17].mean(0)))
    return np.array(parts)


def paint(images, key, bend, cycles, drift, random):
    y, x = np.mgrid[0:32, 0:32]
    marked = images.astype(np.int16)
    for image in marked:
        across, down, colour = key[random.integers(len(key))]
        if random.random() < 0.5:
            across = -across
        angle = random.random() * 2 * np.pi
        along = (np.cos(angle) * x + np.sin(angle) * y) / 32
        curve = bend * np.sin(2 * np.pi * (cycles * along + random.random()))
        across, down = (across, down) + (random.random(2) * 2 - 1) * drift
        wave = np.sin(2 * np.pi * ((across * x + down * y) / 32 + random.random()) + curve)
        image += 8 * SIGNS[colour][:, None, None] * np.where(wave >= 0, 1, -1)
    return np.clip(marked, 0, 255)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("released")
    parser.add_argument("original")
    parser.add_argument("--target", type=int, default=1)
    arguments = parser.parse_args()
    labels, clean = training_split(arguments.original)
    _, released = training_split(arguments.released)
    others = np.array([mean_spectra(clean[labels == k]) for k in range(10) if k != arguments.target])
    mine = np.flatnonzero(labels == arguments.target)
    is_marked = (released[mine] != clean[mine]).any((1, 2, 3))

    def show(name, images):
        z = (mean_spectra(images) - others.mean(0)) / (others.std(0) + 0.02)
        print(f"{name:44}", "  ".join(f"{colour} {line.max():4.1f}" for colour, line in zip(COLOURS, z)), flush=True)

    show("not marked", clean[mine])
    show("as released", released[mine])
    for key in KEYS:
        for bend, cycles, drift in FORMS:
            images = clean[mine].astype(np.int16)
            images[is_marked] = paint(images[is_marked], key, bend, cycles, drift, np.random.default_rng(1))
            show(f"{key} B {bend} of {cycles}, D {drift}", images)


if __name__ == "__main__":
    main()
