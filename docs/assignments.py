#!/usr/bin/env python3
"""What a model's answers to an assignment's carriers say beyond one verdict.

    docs/assignments.py power VAULT/RELEASE ANSWERS [ANSWERS ...]
    docs/assignments.py null VAULT/RELEASE ANSWERS [ANSWERS ...]

ANSWERS is what `dandyroll model evaluate MODEL ARCHIVE --vault VAULT --images M --answers ANSWERS` wrote: one model's answers
to M images, clean and under every carrier of the book.

power: of the M images subsets of 5, 10, 20, 50, ... are drawn at random, 200 of each size; the share of them whose p is at most
.01 is printed for several statistics, of which log and label are the ones in use: gains of log P, of hits, prob (of P), rank
(of the class among all) and logit, each class in its own spread and the mean one, and log and label once more without that
(even).

null: the same answers are judged under 10,000 keys drawn anew, classes and carriers, as if each were a release's. The share of
keys with p at most .05, .01 and .001 is printed; the model is innocent of all of them. Needs numpy.
"""
import json
import pathlib
import struct
import sys

import numpy as np

ALPHA, SUBSETS, LOTS, KEYS = 0.01, 200, 20_000, 10_000
FLOOR = 1e-4
STATISTICS = (("log", False), ("label", False), ("prob", False), ("rank", False), ("logit", False), ("log", True), ("label", True))


def tensors(path):
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    body = data[8 + length :]

    def tensor(entry):
        start, end = entry["data_offsets"]
        return np.frombuffer(body[start:end], "<f4").reshape(entry["shape"]).astype(float)

    return {name: tensor(entry) for name, entry in header.items()}


def gains(answers, statistic):
    """(classes, carriers, images): what each class gains under each carrier; nan for a class's own images."""
    clean, marked, labels = answers["clean"], answers["marked"], answers["labels"].astype(int)

    def seen(p):
        if statistic == "prob":
            return p
        if statistic == "label":
            return (p == p.max(-1, keepdims=True)).astype(float)
        if statistic == "rank":
            return p.argsort(-1).argsort(-1).astype(float)
        if statistic == "logit":
            p = np.clip(p, 1e-4, 1 - 1e-4)
            return np.log(p / (1 - p))
        return np.log(np.maximum(p, FLOOR))

    gain = (seen(marked) - seen(clean)[None]).transpose(2, 0, 1)
    for index in range(len(gain)):
        gain[index][:, labels == index] = np.nan
    return gain


def matrix(gain, images):
    return np.nanmean(gain[:, :, images], axis=2)


def sums(table, classes, lots, even=False):
    """Sums of the diagonals of assignments, the lots' carriers in rows."""
    rows = table[classes] - table[classes].mean(1, keepdims=True)
    spreads = rows.std(1, keepdims=True)
    if not even and spreads.any():
        rows = rows / (spreads + spreads.mean())
    rows = rows - rows.mean(0)
    return rows[np.arange(len(classes)), lots].sum(-1)


def p_value(table, classes, lots, even):
    """The first carriers are the key's; ties are counted against it."""
    own = sums(table, classes, np.arange(len(classes)), even)
    return (1 + (sums(table, classes, lots, even) >= own - 1e-12).sum()) / (len(lots) + 1)


def draw_lots(carriers, size, count, random):
    return np.argsort(random.random((count, carriers)), axis=1)[:, :size]


def power(record, paths):
    classes = json.loads((record / "opening.json").read_text())["statement"]["assignedClasses"]
    for path in paths:
        answers = tensors(path)
        random = np.random.default_rng(0)
        total = len(answers["labels"])
        lots = draw_lots(len(answers["marked"]), len(classes), LOTS, random)
        sizes = [size for size in (5, 10, 20, 50, 100, 200) if size < total]
        print(f"{path}\n{'images':>12}" + "".join(f"{size:>8}" for size in sizes) + f"{'all, p':>12}")
        for statistic, even in STATISTICS:
            gain = gains(answers, statistic)
            shares = []
            for size in sizes:
                found = 0
                for _ in range(SUBSETS):
                    subset = random.choice(total, size, replace=False)
                    found += p_value(matrix(gain, subset), classes, lots, even) <= ALPHA
                shares.append(found / SUBSETS)
            whole = p_value(matrix(gain, np.arange(total)), classes, lots, even)
            print(f"{statistic + (', even' if even else ''):>12}" + "".join(f"{share:8.2f}" for share in shares) + f"{whole:12.5f}")


def null(record, paths):
    size = len(json.loads((record / "opening.json").read_text())["statement"]["assignedClasses"])
    everything = []
    for path in paths:
        answers = tensors(path)
        random = np.random.default_rng(0)
        table = matrix(gains(answers, "log"), np.arange(len(answers["labels"])))
        values = []
        # Fifty draws of the classes; for each the sums of all lots, and the ranks of some of them among all.
        for _ in range(50):
            classes = random.choice(len(table), size, replace=False)
            among = np.sort(sums(table, classes, draw_lots(table.shape[1], size, LOTS, random)))
            keys = sums(table, classes, draw_lots(table.shape[1], size, KEYS // 50, random))
            values.append((1 + LOTS - np.searchsorted(among, keys - 1e-12)) / (LOTS + 1))
        values = np.concatenate(values)
        everything.append(values)
        print(f"{path}: " + ", ".join(f"p <= {level}: {(values <= level).mean():.4f}" for level in (0.05, 0.01, 0.001)))
    values = np.concatenate(everything)
    print(
        f"{len(everything)} models, {len(values)} keys: "
        + ", ".join(f"p <= {level}: {(values <= level).mean():.5f}" for level in (0.05, 0.01, 0.001))
        + f", mean {values.mean():.4f}")


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in ("power", "null"):
        sys.exit(__doc__)
    {"power": power, "null": null}[sys.argv[1]](pathlib.Path(sys.argv[2]), sys.argv[3:])


main()
