"""A small image folder: TRAIN pictures of each class in train/ and TEST in test/, PNG files or JPEG files, in the archive
that the name says: zip, tar.gz, tar.xz or tar.

Usage: drawn_folder.py FILE [--format png|jpeg] [--shards | --nested | --metadata] [--seed N]

--shards writes the pictures as WebDataset does, NUMBER.png beside NUMBER.cls, and --nested as ImageNet's are packed, a tar
archive for each class in a tar archive; both without splits. --metadata writes the pictures of a split into one folder,
beside a metadata.jsonl with their classes. Needs Pillow.
"""

import argparse
import io
import json
import pathlib
import random
import tarfile
import zipfile

from PIL import Image

# A blank, an umlaut and a dot are what names of classes have.
CLASSES = ["almond", "bread crumb", "crème", "dill.weed"]
SIDE = 32
TRAIN, TEST = 24, 6


def picture(draw, colours):
    image = Image.new("RGB", (SIDE, SIDE))
    image.putdata([
        tuple((value + draw.randrange(32)) % 256 for value in colours[x // 8 + y // 8 * 4])
        for y in range(SIDE) for x in range(SIDE)])
    return image


def samples(seed):
    """(split, class, number, picture) of each, the classes in turn."""
    draw = random.Random(seed)
    colours = {name: [tuple(draw.randrange(32, 192) for _ in range(3)) for _ in range(16)] for name in CLASSES}
    for split, count in ("train", TRAIN), ("test", TEST):
        for number in range(count):
            for name in CLASSES:
                yield split, name, number, picture(draw, colours[name])


def packed(members, mode="w"):
    """The content of a tar archive of (name, content)."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode=mode, format=tarfile.PAX_FORMAT) as tar:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return whole.getvalue()


def write(path, form="png", shards=False, nested=False, metadata=False, seed=1):
    suffix = "jpg" if form == "jpeg" else "png"
    members, archives, tables = [], {}, {}
    for place, (split, name, number, image) in enumerate(samples(seed)):
        content = io.BytesIO()
        image.save(content, form.upper(), **({"quality": 90} if form == "jpeg" else {}))
        if shards:
            members += [(f"{place:06}.{suffix}", content.getvalue()), (f"{place:06}.cls", str(CLASSES.index(name)).encode())]
        elif nested:
            archives.setdefault(name, []).append((f"{place:06}.{suffix}", content.getvalue()))
        elif metadata:
            file = f"{place:06}.{suffix}"
            members.append((f"{split}/{file}", content.getvalue()))
            tables.setdefault(split, []).append(json.dumps({"file_name": file, "label": name}))
        else:
            members.append((f"{split}/{name}/{number:03}.{suffix}", content.getvalue()))
    members += [(f"{name}.tar", packed(inner)) for name, inner in archives.items()]
    members += [(f"{split}/metadata.jsonl", "\n".join(rows).encode()) for split, rows in tables.items()]
    if str(path).endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                archive.writestr(name, content)
    else:
        mode = {"gz": "w:gz", "xz": "w:xz"}.get(str(path).rsplit(".", 1)[-1], "w")
        pathlib.Path(path).write_bytes(packed(members, mode))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--format", choices=["png", "jpeg"], default="png")
    parser.add_argument("--shards", action="store_true")
    parser.add_argument("--nested", action="store_true")
    parser.add_argument("--metadata", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write(options.file, options.format, options.shards, options.nested, options.metadata, options.seed)
