"""How fast `dandyroll release` streams and marks, beside gzip and beside PyTorch, in turn on the same machine.

Usage: release_speed.py DANDYROLL ARCHIVE.tar.gz GENERATOR.safetensors [--rounds 3] [--torch PYTHON]

Streaming is a release with a single marked sample against `gzip -dc ARCHIVE | gzip`. Marking is the time that marking a
whole class adds to that, against the same U-Net in PyTorch (peers/torch_cpu.py, the better of its two layouts).
Prints each round, and the medians of the ratios.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time


def timed(command, **options):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return time.perf_counter() - start


def release(options, rate, directory):
    out = os.path.join(directory, "release")
    for path in (out, out + ".vault"):
        shutil.rmtree(path, ignore_errors=True)
    seconds = timed([options.dandyroll, "release", options.archive, "--generator", options.generator, "--out", out,
                     "--rate", rate, "--seed", "1"])
    with open(os.path.join(out + ".vault", os.listdir(out + ".vault")[0], "marks.jsonl")) as marks:
        return seconds, sum(1 for _ in marks)


def network(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return json.loads(header["__metadata__"]["network"])


def peer_rate(python, peer, unet, setting):
    shape = "x".join(str(unet["input"][side]) for side in ("channels", "height", "width"))
    case = f"inference/unet/w{unet['width']}/d{unet['depth']}/{shape}/batch64"
    line = subprocess.run(
        [python, peer, case, "--setting", setting], check=True, capture_output=True, text=True).stdout
    return json.loads(line)["median"]


def main():
    parser = argparse.ArgumentParser()
    for name in ("dandyroll", "archive", "generator"):
        parser.add_argument(name)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--torch", help="a Python that has PyTorch; without it only streaming is compared")
    parser.add_argument("--one", default="0.0002", help="a rate that marks a single sample")
    options = parser.parse_args()
    unet = network(options.generator)
    peer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "torch_cpu.py")
    streaming, marking = [], []
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(options.rounds):
            gzip = timed(["sh", "-c", 'gzip -dc "$1" | gzip > "$2"', "sh", options.archive, directory + "/copy.gz"])
            one, few = release(options, options.one, directory)
            streaming.append(gzip / one)
            row = dict(gzip_seconds=round(gzip, 2), stream_seconds=round(one, 2), stream_ratio=round(gzip / one, 3))
            if options.torch:
                torch = max(peer_rate(options.torch, peer, unet, setting) for setting in ("eager", "channels-last"))
                whole, many = release(options, "1", directory)
                ours = (many - few) / (whole - one)
                marking.append(ours / torch)
                row |= dict(marked_per_second=round(ours), torch_per_second=round(torch), ratio=round(ours / torch, 3))
            print(json.dumps(row), flush=True)
    print("streaming, of gzip -dc | gzip:", round(statistics.median(streaming), 3))
    if marking:
        print("marking, of PyTorch:", round(statistics.median(marking), 3))


if __name__ == "__main__":
    main()
