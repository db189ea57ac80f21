"""MNIST's four IDX files in a tar archive, of small pictures that are noise around the brightness of their class.

Usage: drawn_digits.py FILE [--seed N]. Needs nothing beside Python.
"""

import argparse
import io
import random
import struct
import tarfile

SIDE, TRAIN, TEST = 28, 200, 60


def write(path, seed=1):
    draw = random.Random(seed)
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        def add(name, content):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))

        for split, count in ("train", TRAIN), ("t10k", TEST):
            labels = bytes(number % 10 for number in range(count))
            pixels = b"".join(
                bytes(20 * label + value % 32 for value in draw.randbytes(SIDE * SIDE)) for label in labels)
            add(f"{split}-images-idx3-ubyte", struct.pack(">4I", 0x803, count, SIDE, SIDE) + pixels)
            add(f"{split}-labels-idx1-ubyte", struct.pack(">2I", 0x801, count) + labels)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write(options.file, options.seed)
