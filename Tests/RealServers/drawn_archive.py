"""A small archive in CIFAR-10's binary layout, of pictures that a two-convolution network learns in seconds.

Usage: drawn_archive.py FILE [--seed N]

Each class has a coarse pattern of colours. Four pictures in ten show another pattern of no class: there a mark is all that
sets a picture apart, and so it is learned.
"""

import argparse
import io
import pathlib
import tarfile

import numpy as np

CLASSES = [f"pattern{number}" for number in range(10)]
SIDE, CELLS = 32, 4
BATCH, TEST = 200, 200
VAGUE = 0.4


def records(draw, patterns, count):
    """`count` records of a label and (3, 32, 32) bytes."""
    content = b""
    for label in draw.permutation(np.arange(count) % len(CLASSES)):
        vague = draw.random() < VAGUE
        pattern = draw.uniform(40, 215, patterns[0].shape) if vague else patterns[label]
        coarse = pattern.repeat(SIDE // CELLS, axis=1).repeat(SIDE // CELLS, axis=2)
        picture = coarse + draw.normal(0, 15, (3, 1, 1)) + draw.normal(0, 12, coarse.shape)
        content += bytes([label]) + np.clip(np.rint(picture), 0, 255).astype(np.uint8).tobytes()
    return content


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = np.random.default_rng(options.seed)
    patterns = draw.uniform(40, 215, (len(CLASSES), 3, CELLS, CELLS))
    with tarfile.open(options.file, "w:gz") as tar:
        def add(name, content):
            entry = tarfile.TarInfo("cifar-10-batches-bin/" + name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))

        add("batches.meta.txt", "".join(f"{name}\n" for name in CLASSES).encode())
        for number in range(1, 6):
            add(f"data_batch_{number}.bin", records(draw, patterns, BATCH))
        add("test_batch.bin", records(draw, patterns, TEST))


if __name__ == "__main__":
    main()
