#!/usr/bin/env python3
"""How many questions a verdict takes: power of the rank among decoy keys against the number of images.

    docs/power.py VAULT/RELEASE ANSWERS.csv [ANSWERS.csv ...]

Each ANSWERS.csv holds a model's answers to one `queries export` (all of them, as probabilities). Of its m images, subsets
of 1, 2, 5, 10, 20, ... are drawn at random, 400 of each size; the share of subsets whose p is at most alpha is printed,
when the suspect gives probabilities, its best three classes with their scores, or a label. Needs numpy.
"""
import hashlib, hmac, itertools, json, pathlib, struct, sys
import numpy as np

ALPHA, DRAWS = 0.01, 400


def secret(record):
    statement = json.loads((record / "opening.json").read_text())["statement"]
    message = b"dandyroll release secret 1" + bytes.fromhex(statement["source"]) + struct.pack(">Q", statement["seed"])
    return hmac.new(bytes.fromhex(statement["generator"]), message, hashlib.sha256).digest()


def scores(record, path):
    """(groups, images, classes): clean first, then one group a carrier, the key's own first."""
    rows = {}
    for line in pathlib.Path(path).read_text().splitlines():
        name, *values = line.split(",")
        if name != "name":
            rows[name.removesuffix(".png")] = [float(v) for v in values]
    key = secret(record)

    def name(export, number):
        return hmac.new(key, b"query" + struct.pack(">QQ", export, number), hashlib.sha256).hexdigest()[:16]

    for sheet in sorted((record / "queries").glob("*.json")):
        sheet = json.loads(sheet.read_text())
        images, groups = len(sheet["samples"]), 1 + sheet["keySize"] + sheet["decoys"]
        names = [name(sheet["number"], n) for n in range(images * groups)]
        if names[0] in rows:
            return sheet, np.array([rows[n] for n in names]).reshape(groups, images, -1)
    sys.exit(f"{path}: no export of {record} asked these questions")


def seen(probabilities, kind, target):
    """The target's score as the suspect tells it."""
    own = probabilities[..., target]
    place = (probabilities > own[..., None]).sum(-1)
    return {"probabilities": own, "top 3": np.where(place < 3, own, 0), "label": (place == 0).astype(float)}[kind]


def p_value(gains, size, sets):
    """Rank of the key's own set among all of its size, ties counted against it."""
    totals = gains[sets].sum(1)
    return (totals >= totals[0] - 1e-12).sum() / len(totals)


def main():
    record = pathlib.Path(sys.argv[1])
    for path in sys.argv[2:]:
        sheet, probabilities = scores(record, path)
        sets = np.array(list(itertools.combinations(range(probabilities.shape[0] - 1), sheet["keySize"])))
        count = probabilities.shape[1]
        sizes = [m for m in (1, 2, 5, 10, 20, 50, 100, 200, 500) if m <= count]
        random = np.random.default_rng(1)
        for kind in ("probabilities", "top 3", "label"):
            target = seen(probabilities, kind, sheet["targetClass"])
            gains = target[1:] - target[0]
            row = []
            for m in sizes:
                draws = 1 if m == count else DRAWS
                found = sum(
                    p_value(gains[:, random.choice(count, m, replace=False)].mean(1), sheet["keySize"], sets) <= ALPHA
                    for _ in range(draws))
                row.append(f"{m}: {found / draws:.2f}")
            print(f"{pathlib.Path(path).stem:28} {kind:14} power at alpha {ALPHA}, by images  {'  '.join(row)}")


if __name__ == "__main__":
    main()
