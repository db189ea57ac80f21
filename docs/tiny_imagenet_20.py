#!/usr/bin/env python3
"""The 20 classes of Tiny-ImageNet that docs/experiments/papers.md measures, out of the published tiny-imagenet-200.zip.

    python3 tiny_imagenet_20.py tiny-imagenet-200.zip tiny-imagenet-20.tar.gz

Writes an image folder, train/CLASS/FILE.JPEG and val/CLASS/FILE.JPEG, every file as it was. The archive's own digest is
not that of the one that was measured (order and times differ): `dandyroll reproduce` takes it with --any-data.
"""
import io
import sys
import tarfile
import zipfile

CLASSES = """
    n01443537 n01629819 n01698640 n01774384 n01910747 n02056570 n02099601 n02123045 n02129165 n02165456
    n02279972 n02504458 n02509815 n02917067 n04146614 n04285008 n04311004 n04465501 n07747607 n09428293
""".split()


def main(source, target):
    with zipfile.ZipFile(source) as published, tarfile.open(target, "w:gz") as subset:
        root = published.namelist()[0].split("/")[0]

        def add(name, split, label):
            content = published.read(name)
            member = tarfile.TarInfo(f"tiny-imagenet-20/{split}/{label}/{name.rsplit('/', 1)[1]}")
            member.size = len(content)
            subset.addfile(member, io.BytesIO(content))

        for label in CLASSES:
            folder = f"{root}/train/{label}/images/"
            for name in sorted(name for name in published.namelist() if name.startswith(folder) and name != folder):
                add(name, "train", label)
        for line in published.read(f"{root}/val/val_annotations.txt").decode().splitlines():
            name, label = line.split("\t")[:2]
            if label in CLASSES:
                add(f"{root}/val/images/{name}", "val", label)


if __name__ == "__main__":
    main(*sys.argv[1:])
