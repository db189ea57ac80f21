"""How fast `dandyroll release` goes through archives of JPEG pictures, beside the same job in webdataset and PyTorch
(peers/webdataset_release.py) and beside copying the archive, in turn on the same machine.

Usage: release_peers.py DANDYROLL --python PYTHON [--images 3000] [--rounds 3]

PYTHON has torch, webdataset, numpy and Pillow. Drawn pictures of 64×64 and 224×224, as an image folder and as a
WebDataset shard, are marked with a painter (a U-Net of width 32 and depth 3) that has learned for one step: one picture in
twenty, and one in two. Ours reads the archive and what it wrote, checks every picture, hashes and syncs everything and
writes manifests; the other does none of that. Alone it surveys the archive first, which is one more reading; after a
training that has kept its survey, as the daemon's does, it need not. Prints a row a round, and the medians of both.
"""

import argparse
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

CLASSES = 10
WIDTH, DEPTH = 32, 3


def draw(path, side, count, layout):
    import numpy
    from PIL import Image

    random = numpy.random.default_rng(side)
    down, across = numpy.meshgrid(numpy.fft.fftfreq(side), numpy.fft.fftfreq(side), indexing="ij")
    fall = 1 / numpy.maximum(numpy.hypot(down, across), 1 / side) ** 1.3
    with tarfile.open(path, "w") as tar:
        def add(name, data):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))

        for number in range(count):
            waves = numpy.fft.fft2(random.normal(size=(3, side, side))) * fall
            field = numpy.real(numpy.fft.ifft2(waves))
            field = 128 + 45 * field / field.std()
            picture = Image.fromarray(field.clip(0, 255).astype("u1").transpose(1, 2, 0))
            file = io.BytesIO()
            picture.save(file, "JPEG", quality=92)
            if layout == "folder":
                add(f"pictures/class{number % CLASSES}/{number:06}.jpg", file.getvalue())
            else:
                add(f"{number:06}.cls", str(number % CLASSES).encode())
                add(f"{number:06}.jpg", file.getvalue())


def timed(command):
    start = time.perf_counter()
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return time.perf_counter() - start, result.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dandyroll")
    parser.add_argument("--python", default=sys.executable, help="a Python with what is drawn and compared with")
    parser.add_argument("--images", type=int, default=3000, help="of 64×64; a sixth of them of 224×224")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--draw", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.draw:
        path, side, count, layout = options.draw
        return draw(path, int(side), int(count), layout)
    peer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "webdataset_release.py")
    (alone, ratios) = ({}, {})
    with tempfile.TemporaryDirectory() as directory:
        def path(name):
            return os.path.join(directory, name)

        for side, count in ((64, options.images), (224, options.images // 6)):
            for layout in ("folder", "shard"):
                archive, generator = path(f"{layout}{side}.tar"), path(f"{layout}{side}.safetensors")
                subprocess.run(
                    [options.python, __file__, options.dandyroll, "--draw", archive, str(side), str(count), layout], check=True)
                timed([options.dandyroll, "train", archive, "--out", generator, "--painting", "learned", "--selection", "random",
                       "--surrogate", "cnn", "--surrogate-width", "8", "--epochs", "1", "--steps", "1", "--width", str(WIDTH),
                       "--depth", str(DEPTH), "--seed", "1", "--surveys", path("surveys")])
                for rate in (0.05, 0.5):
                    for _ in range(options.rounds):
                        copied, _ = timed(["cp", archive, path("copy.tar")])
                        seconds = []
                        for kept in ([], ["--surveys", path("surveys")]):
                            for leftover in ("release", "release.vault"):
                                shutil.rmtree(path(leftover), ignore_errors=True)
                            seconds.append(timed([
                                options.dandyroll, "release", archive, "--generator", generator, "--out", path("release"),
                                "--rate", f"{round(rate * 100)}% of dataset", "--seed", "1", *kept])[0])
                        vault = path("release.vault")
                        record = next(os.path.join(vault, name) for name in os.listdir(vault) if name.startswith("release-"))
                        whole, said = timed([
                            options.python, peer, archive, os.path.join(record, "marks.jsonl"), path("peer.tar"),
                            "--width", str(WIDTH), "--depth", str(DEPTH)])
                        theirs = json.loads(said)
                        row = dict(
                            case=f"{layout} {side}×{side}, {rate:.0%}", images=count, marked=theirs["marked"],
                            copy=round(copied, 2), ours_alone=round(seconds[0], 2), ours=round(seconds[1], 2),
                            theirs=round(theirs["seconds"], 2), theirs_with_start=round(whole, 2),
                            ratio_alone=round(theirs["seconds"] / seconds[0], 2),
                            ratio=round(theirs["seconds"] / seconds[1], 2))
                        alone.setdefault(row["case"], []).append(row["ratio_alone"])
                        ratios.setdefault(row["case"], []).append(row["ratio"])
                        print(json.dumps(row, ensure_ascii=False), flush=True)
    for case, found in ratios.items():
        print(f"{case}: {statistics.median(found):.2f} times their pace, alone {statistics.median(alone[case]):.2f}")


if __name__ == "__main__":
    main()
