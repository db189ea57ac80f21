"""The names of benchmark cases, which `dandyroll bench` and the peers share, taken apart.

  inference/unet/w32/d3/3x32x32/batch64                 marking images with a U-Net of that width and depth
  training/resnet18/w16/3x32x32/batch128                an SGD step of a classifier
  generator/w32/d3/resnet18/w16/3x32x32/batch64         an Adam step of a U-Net through a frozen classifier
"""

import dataclasses
import re

CLASSES = 10
EPSILON = 8 / 255


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    kind: str
    shape: tuple
    batch: int
    # Of the U-Net; 0 for a classifier's training.
    width: int = 0
    depth: int = 0
    # The classifier, where there is one.
    architecture: str = ""
    classifier_width: int = 0


SHAPE = r"(?P<shape>\d+x\d+x\d+)/batch(?P<batch>\d+)"
PATTERNS = dict(
    inference=r"inference/unet/w(?P<width>\d+)/d(?P<depth>\d+)/" + SHAPE,
    training=r"training/(?P<architecture>[^/]+)/w(?P<classifier_width>\d+)/" + SHAPE,
    generator=r"generator/w(?P<width>\d+)/d(?P<depth>\d+)/(?P<architecture>[^/]+)/w(?P<classifier_width>\d+)/" + SHAPE)


def parse(name):
    for kind, pattern in PATTERNS.items():
        match = re.fullmatch(pattern, name)
        if match:
            fields = match.groupdict()
            shape = tuple(int(part) for part in fields.pop("shape").split("x"))
            numbers = {key: value if key == "architecture" else int(value) for key, value in fields.items()}
            return Case(name=name, kind=kind, shape=shape, **numbers)
    raise SystemExit(f"“{name}” is no case that a peer knows; see cases.py")
