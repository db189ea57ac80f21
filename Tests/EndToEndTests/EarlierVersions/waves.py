"""Draws the pictures of the state that is kept here: python3 waves.py waves.tar

MNIST's layout, 1×16×16, ten classes: a grating of five directions and two frequencies each, with any phase. Those of
class 2 look like those of some other class, so that only a mark tells them.
"""

import io
import math
import random
import struct
import sys
import tarfile

SIDE = 16
chance = random.Random(11)


def picture(label):
    if label == 2:
        label = chance.choice([0, 1, 3, 4, 5, 6, 7, 8, 9])
    angle, frequency, phase = label % 5 * math.pi / 5, 0.8 if label < 5 else 1.5, chance.random() * 6.28
    return bytes(
        int(128 + 70 * math.sin(frequency * (x * math.cos(angle) + y * math.sin(angle)) + phase)) // 4 * 4
        for y in range(SIDE) for x in range(SIDE))


with tarfile.open(sys.argv[1], "w") as archive:
    for name, count in (("train", 400), ("t10k", 100)):
        labels = bytes(index % 10 for index in range(count))
        pixels = b"".join(map(picture, labels))
        for kind, header, content in (("labels-idx1", struct.pack(">II", 0x801, count), labels),
                                      ("images-idx3", struct.pack(">IIII", 0x803, count, SIDE, SIDE), pixels)):
            member = tarfile.TarInfo(f"waves/{name}-{kind}-ubyte")
            member.size = len(header) + len(content)
            archive.addfile(member, io.BytesIO(header + content))
