"""A small archive in CIFAR-10's binary layout, of pictures that a narrow ResNet learns in seconds.

Usage: drawn_archive.py FILE [--seed N]

Each class has a coarse pattern of colours. Four pictures in ten show a pattern of no class: there a mark is all that sets a
picture apart, and so it is learned. Needs nothing beside Python.
"""

import argparse
import io
import random
import tarfile

CLASSES = [f"pattern{number}" for number in range(10)]
SIDE, CELLS = 32, 4
BATCH, TEST = 200, 200
VAGUE = 0.4
NOISE = 24


def pattern(draw):
    """Three channels of CELLS × CELLS brightnesses."""
    return [[[draw.randrange(40, 192) for _ in range(CELLS)] for _ in range(CELLS)] for _ in range(3)]


def picture(draw, cells):
    """(3, 32, 32) bytes: the cells, brighter or darker as a whole, with noise."""
    shift = draw.randrange(-20, 21)
    content = bytearray()
    for channel in cells:
        for row in range(SIDE):
            line = channel[row * CELLS // SIDE]
            noise = draw.randbytes(SIDE)
            content += bytes(line[column * CELLS // SIDE] + shift + noise[column] % NOISE for column in range(SIDE))
    return bytes(content)


def records(draw, patterns, count):
    labels = [number % len(CLASSES) for number in range(count)]
    draw.shuffle(labels)
    return b"".join(
        bytes([label]) + picture(draw, pattern(draw) if draw.random() < VAGUE else patterns[label]) for label in labels)


def write(path, seed=1):
    draw = random.Random(seed)
    patterns = [pattern(draw) for _ in CLASSES]
    # Not compressed, because compressors differ and the archive's digest decides which key a release gets.
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        def add(name, content):
            entry = tarfile.TarInfo("cifar-10-batches-bin/" + name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))

        add("batches.meta.txt", "".join(f"{name}\n" for name in CLASSES).encode())
        for number in range(1, 6):
            add(f"data_batch_{number}.bin", records(draw, patterns, BATCH))
        add("test_batch.bin", records(draw, patterns, TEST))


def write_hundred(path, seed=1):
    """The same in CIFAR-100's layout: a hundred classes, twenty coarse ones, one file of each split."""
    draw = random.Random(seed)
    patterns = [pattern(draw) for _ in range(100)]

    def batch(count):
        return b"".join(
            bytes([label % 20, label]) + picture(draw, patterns[label])
            for label in (number % 100 for number in range(count)))

    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in [
            ("coarse_label_names.txt", "".join(f"group{number}\n" for number in range(20)).encode()),
            ("fine_label_names.txt", "".join(f"pattern{number}\n" for number in range(100)).encode()),
            ("train.bin", batch(600)), ("test.bin", batch(200)),
        ]:
            entry = tarfile.TarInfo("cifar-100-binary/" + name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write(options.file, options.seed)
