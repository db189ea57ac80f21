"""The release of an archive of pictures as a user of webdataset and PyTorch would write it, for release_peers.py.

Usage: webdataset_release.py ARCHIVE.tar MARKS.jsonl OUT.tar --width W --depth D [--threads N]

Every member is copied as it is, but for those that MARKS names (what a vault's `marks.jsonl` says): they are decoded, shown to
a U-Net in batches, changed by at most 8/255 and written as PNG files under the names that our release gives them. The weights
are drawn: it is the work that is compared. Prints the seconds from opening the archive to closing the output, and how many
were marked. Its memory is that of the largest batch; the order of members is kept, as ours is.
"""

import argparse
import io
import json
import time

import numpy
import torch
import webdataset
from PIL import Image

import cases
import networks

BATCH = 64


def members(path):
    with open(path, "rb") as stream:
        for member in webdataset.tariterators.tar_file_iterator(stream, rename_files=None):
            yield member["fname"], member["data"]


def encoded(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels.permute(1, 2, 0).numpy()).save(file, "PNG")
    return file.getvalue()


class Release:
    """Members in order: those behind one that waits for its batch wait with it."""

    def __init__(self, out, names, marker):
        self.out, self.names, self.marker = out, names, marker
        self.waiting, self.pictures, self.marked = [], [], 0

    def take(self, name, data):
        if name in self.names:
            self.pictures.append(torch.from_numpy(numpy.array(Image.open(io.BytesIO(data)).convert("RGB"))).permute(2, 0, 1))
            data = len(self.pictures) - 1
            name = self.names[name]
        self.waiting.append((name, data))
        if len(self.pictures) == BATCH or not self.pictures or len(self.waiting) == 64 * BATCH:
            self.flush()

    def flush(self):
        marked = dict()
        shapes = {}
        for place, picture in enumerate(self.pictures):
            shapes.setdefault(picture.shape, []).append(place)
        with torch.inference_mode():
            for places in shapes.values():
                images = torch.stack([self.pictures[place] for place in places])
                images = images.to(memory_format=torch.channels_last)
                marked.update(zip(places, self.marker(images)))
        for name, data in self.waiting:
            self.out.write({"__key__": name.rsplit(".", 1)[0],
                            name.rsplit(".", 1)[1]: encoded(marked[data]) if isinstance(data, int) else data})
        self.marked += len(self.pictures)
        self.waiting, self.pictures = [], []


def main():
    parser = argparse.ArgumentParser()
    for name in ("archive", "marks", "out"):
        parser.add_argument(name)
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--depth", type=int, required=True)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    with open(options.marks) as lines:
        marks = [json.loads(line) for line in lines]
    names = {mark.get("originalMember", mark["member"]): mark["member"] for mark in marks}
    unet = networks.UNet(3, options.width, options.depth)
    marker = networks.Marker(unet, cases.EPSILON).eval().to(memory_format=torch.channels_last)
    start = time.perf_counter()
    with webdataset.TarWriter(options.out, encoder=False) as out:
        release = Release(out, names, marker)
        for name, data in members(options.archive):
            release.take(name, data)
        release.flush()
    print(json.dumps(dict(seconds=time.perf_counter() - start, marked=release.marked)))


if __name__ == "__main__":
    main()
