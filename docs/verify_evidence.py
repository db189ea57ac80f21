#!/usr/bin/env python3
"""Checks a Dandyroll evidence package without Dandyroll.

    python3 verify_evidence.py evidence-look-1.tar [--owner-key owner.pub]

A package is a tar archive, or the same files in a directory. Python's standard library is enough.

What is checked, and why it is enough (docs/formats, "Evidence package"; every rule is written out there):

1. The statement names the digest of every other file, and the owner's key signs the statement.
2. `release.json` was published with the dataset. Its commitment is a Merkle root; the opening leads to it, so release,
   key, generator, seed and claim were fixed before publication. From these follows a secret, and from the secret
   follows the order of all carriers in the book (its first G are the release's key, the next are decoys), and the
   order of all questions.
3. The transcript holds every question and answer, in the order that the secret draws. All c carriers are scored alike:
   the mean over images of P(target | marked) - P(target | clean).
4. To a model that never saw the release its key is one of the n = c choose G sets of carriers, and nobody can tell
   which. By its mean score its rank r among them has the exact p-value r / n, and look a may spend
   alpha * 6 / (pi * a)^2. The verdict follows.
5. Where the claim is an assignment, the key is not which carriers were used but which class each of them was put on:
   carrier i of the order belongs to the i-th class that the claim names. Every answer then has a score for each of
   these classes, and together they make a table: how much class i gains under carrier j, in log P, over the images of
   other classes. What the release would teach stands on the table's diagonal. To a model that never saw the release
   every way to give each class a carrier of its own was as likely to be drawn as the one that was, whatever the model
   makes of gratings and classes. Each class is measured in its own spread over the carriers, what a carrier does to all
   classes is subtracted, and what a class gains from all carriers is the same in every assignment. So the rank r of the
   diagonal's sum among the sums of all n assignments has the exact p-value r / n again. Where there are more than a
   million of them, the true one and 999,999 lots, which anybody draws alike and without the answers, take their place.
6. Where the suspect has not all classes, or has several as one, the plan says so before the first question (answeredAs),
   every answer of the transcript keeps to it, and what is claimed of the missing ones is left out: the others' carriers
   are assigned among all c, and answers are read under the name that they give a class. Which classes a suspect has
   depends on no answer, so the rank stays exact.
7. Every other figure of the statement (e-value, t-test, signed ranks, sign test or McNemar's test, counts, accuracy)
   is computed again too, and the ones that do not follow from the transcript are named. None of them decides.

What is said in the end is the verdict if everything holds and the statement is signed (whose key that is, only
--owner-key can tell), "consistent, by nobody" if everything holds and nobody signed, since anybody can write a
transcript, and "does not hold" otherwise.

Exit code: 0 if everything holds and is signed, 1 if something does not hold, 2 for wrong usage, 3 for what is no
package (also for a plan that no audit of this program could have had), 4 if everything holds and nobody signed.
"""

import argparse
import array
import base64
import functools
import hashlib
import hmac
import itertools
import json
import math
import operator
import os
import struct
import sys
import tarfile
import unicodedata

NAMES = {"statement.json", "statement.json.minisig", "owner.pub", "release.json", "release.json.minisig",
         "opening.json", "plan.json", "transcript.jsonl", "panel.json"}
WINDOW = 64  # requests under way at once may be written down a little out of order


def read_package(path):
    """File name -> bytes."""
    files = {}

    def add(name, content):
        if name not in NAMES or name in files:
            raise ValueError(f"{name}: does not belong here, or is there twice")
        files[name] = content

    if os.path.isdir(path):
        for name in os.listdir(path):
            with open(os.path.join(path, name), "rb") as file:
                add(name, file.read())
    else:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile():
                    add(member.name.rsplit("/", 1)[-1], archive.extractfile(member).read())
    return files


# --- Documents ----------------------------------------------------------------------------------------------------
# Whoever sent the package wrote them: what they say is checked before anything is computed from it.

WHOLE = 2**53 - 1  # counts, indices and times
SAMPLES, ROUNDS, CLASSES = 2**48, 2**31, 2**20
MOST_SAMPLES = MOST_QUESTIONS = 2**20  # that one series asks about, and asks
MOST_SUMS = 2**26  # over carriers, one for each key that a rank is among, in all looks


def parse(content):
    """JSON without what JSON does not have, and without members that are there twice."""
    def refuse(text):
        raise ValueError(f"{text} is no number")

    def number_of(text):
        value = float(text)
        return value if math.isfinite(value) else refuse(text)

    def members(pairs):
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError("a member is there twice")
        return dict(pairs)

    return json.loads(content.decode(), parse_constant=refuse, parse_float=number_of, object_pairs_hook=members)


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    return is_whole(value) or isinstance(value, float)


def require(good, what):
    if not good:
        raise ValueError(what)


def require_whole(document, ranges):
    for name, (least, most) in ranges.items():
        value = document[name]
        require(is_whole(value) and least <= value <= most, f"{name} is {value!r}, outside {least} ... {most}")


def require_number(document, ranges):
    for name, (least, most) in ranges.items():
        value = document[name]
        require(is_number(value) and least <= value <= most, f"{name} is {value!r}, outside {least} ... {most}")


def check_release(release):
    require(release["format"] == "dandyroll-release/1", "release.json: another format")
    name = release["dataset"]
    require(isinstance(name, str) and 0 < len(name.encode()) <= 200 and name not in (".", "..") and "/" not in name
            and not any(unicodedata.category(letter) == "Cc" for letter in name), "release.json: no dataset's name")
    require_whole(release, {"version": (1, ROUNDS), "largestChange": (0, 255)})
    require_whole(release["image"], {"channels": (1, 3), "height": (1, 2**20), "width": (1, 2**20)})
    require_whole(release["archive"], {"bytes": (0, WHOLE)})
    require_whole(release["samples"], {"total": (1, SAMPLES)})
    require_whole(release["samples"], {part: (0, release["samples"]["total"]) for part in ("train", "test")})
    if release.get("jpegQuality") is not None:
        require_whole(release, {"jpegQuality": (1, 100)})
    schemes = ("dandyroll-commitment/1", "dandyroll-commitment/2")
    require(release["commitment"]["scheme"] in schemes, "release.json: another commitment")
    require_whole(release["commitment"], {"leaves": (1, SAMPLES)})


def check_opening(opening):
    require(opening["format"] == "dandyroll-commitment-opening/1", "opening.json: another format")
    statement = opening["statement"]
    claim_of(statement)
    require_whole(statement, {"epsilon": (0, 255), "seed": (0, 2**64 - 1), "samples": (1, SAMPLES)})
    require_whole(statement, {"markedSamples": (0, statement["samples"])})
    if statement.get("changedPixels") is not None:
        require_whole(statement, {"changedPixels": (1, WHOLE)})
    if statement.get("displacement") is not None:
        require_whole(statement, {"displacement": (0, 2**16)})
    region = statement.get("changedRegion")
    if region is not None:
        require(isinstance(region, dict), "opening.json: changedRegion is no region")
        require_whole(region, {name: (0, 2**16) for name in ("top", "left", "bottom", "right")})
        require(region["top"] <= region["bottom"] and region["left"] <= region["right"],
                "opening.json: changedRegion has no pixel")
    if statement.get("openCorners") is not None:
        require_whole(statement, {"openCorners": (1, 2**16)})
    key = statement.get("key", "0" * 64)
    require(isinstance(key, str) and len(key) == 64 and set(key) <= set("0123456789abcdef"), "opening.json: no key")
    for leaf in opening["leaves"]:
        require_whole(leaf["proof"], {"leaves": (1, SAMPLES)})
        require_whole(leaf["proof"], {"index": (0, leaf["proof"]["leaves"] - 1)})
        require(len(leaf["proof"]["path"]) <= 64, "opening.json: a path that no tree has")


def check_plan(plan):
    """Whether the program could have drawn the plan. With an alpha near 1, say, every model would be guilty."""
    require(plan["format"] == "dandyroll-audit-plan/1", "plan.json: another format")
    claim = claim_of(plan)
    require_whole(plan, {"series": (1, ROUNDS), "created": (0, WHOLE), "amplitude": (1, 32),
                         "keySize": claim.key_sizes, "decoys": (claim.least_decoys, 256), "images": (1, MOST_SAMPLES),
                         "looks": (1, MOST_SAMPLES), "looksBefore": (0, ROUNDS), "reused": (0, MOST_SAMPLES)})
    require_whole(plan["source"], {"pool": (0, SAMPLES)})
    require_number(plan, {"margin": (0, 0.999)})
    policy = plan["policy"]
    require_number(policy, {"alpha": (1e-16, 0.5), "panelAlpha": (1e-9, 0.5), "leastAnswerShare": (0, 1),
                            "chanceLevel": (0.01, 0.01)})
    require_whole(policy, {"leastPairs": (1, 1_000_000)})
    require(isinstance(policy["needsPanel"], bool), "needsPanel is neither true nor false")
    count, classes = plan["images"] * plan["looks"], plan["classes"]
    require(count <= MOST_SAMPLES, f"more than {MOST_SAMPLES} samples")
    require(all(label < len(classes) for label in claim.classes), "plan.json: a claim of a class that there is not")
    require(answered_as(plan) is None or len(plan["answeredAs"]) == len(classes), "plan.json: answeredAs of other classes")
    scoring = Scoring(plan)
    require(len(plan["samples"]) == len(plan["labels"]) == count, "plan.json: samples and labels do not fit the rounds")
    require(all(is_whole(sample) and 0 <= sample <= SAMPLES for sample in plan["samples"]), "plan.json: a sample")
    require(all(is_whole(label) and 0 <= label < len(classes) and scoring.name_of(label) is not None
                for label in plan["labels"]), "plan.json: a label")
    carriers = plan["keySize"] + plan["decoys"]
    require(count * (carriers + 1) <= MOST_QUESTIONS
            and claim.keys(carriers, scoring.size) * scoring.claim.columns * plan["looks"] <= MOST_SUMS,
            "plan.json: it would take hours to judge")
    names = [plan["suspect"], plan["release"], plan["model"], plan["source"]["name"]]
    require(all(len(name.encode()) <= 1024 for name in names), "plan.json: a name that is pages long")
    require(sum(len(name.encode()) for name in classes) <= 32 << 20, "plan.json: class names that are pages long")


def check_panel(panel):
    require(panel["format"] == "dandyroll-panel-gains/1", "panel.json: another format")
    require(all(is_whole(image) and 0 <= image <= WHOLE for carrier in panel["images"] for image in carrier),
            "panel.json: an image")
    require(all(is_number(gain) and -1 - 1e-9 <= gain <= 1 + 1e-9 for gain in panel["deltaP"]),
            "panel.json: a gain outside -1 ... 1")


# --- Numbers and draws --------------------------------------------------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def number(value):
    """Unsigned, 64 bits, most significant byte first."""
    return value.to_bytes(8, "big")


# --- Claims -------------------------------------------------------------------------------------------------------
# The one place that says what an answer scores, and what a key is ranked among; all else is the same for every claim.

MOST_KEYS = 1_000_000  # that are gone through one by one
FLOOR = 1e-4  # a probability below it is as good as none


class Claim:
    """What is said of a model that learned the release.

    An answer has a score in each of the claim's columns, the higher the more it bears the claim out. A claim whose key
    is a set of carriers has one column, which all of them are to raise.
    """
    columns = 1
    key_sizes = (1, 4)  # the least and the most carriers of a key
    least_decoys = 1
    classes = ()  # that it names

    def __eq__(self, other):
        return type(self) is type(other) and self.classes == other.classes

    def column_of(self, carrier):
        """The column that a carrier of the key is to raise."""
        return 0

    def columns_of(self, carrier, size):
        """Those over which a carrier's mean P(marked) - P(clean) is reported."""
        return [0]

    def asked(self, names):
        """What is left of it where a suspect names classes so, and the places of its columns; None where nothing is."""
        return self, [0]

    def concerns(self, label, column):
        """Whether an image of a class has a score in a column."""
        raise NotImplementedError

    def class_of(self, label, column):
        """The class whose probability a score is made of."""
        raise NotImplementedError

    def is_hit(self, answered, label, column):
        """Whether an image of class `label` that is taken for `answered` bears the claim out."""
        return answered == self.class_of(label, column)

    def oriented(self, probability):
        return probability

    def score(self, answer, label, column, is_marked):
        """Of a top-k answer the end of the possible range that speaks against the claim; of a label 1 or 0. None
        without an answer, or where the image has no score in the column."""
        if answer is None or not self.concerns(label, column):
            return None
        if "label" in answer:
            return 1.0 if self.is_hit(answer["label"], label, column) else 0.0
        ends = [self.oriented(end) for end in bounds(answer, self.class_of(label, column))]
        return min(ends) if is_marked else max(ends)

    def gain(self, before, after, kind):
        """What the key is ranked by, of one image."""
        return after - before

    def keys(self, carriers, size):
        """How many a rank is among, the true one included."""
        return math.comb(carriers, size)

    def rank(self, table, size):
        """The key's rank as a look states it, by mean gains: a row a column, in it a value for each carrier."""
        gains, = table
        own = added(gains[:size])
        # Sums of the same numbers in another order differ by rounding; equal ones count against the claim.
        least = own - (1e-12 if size > 1 else 0)
        return {"rank": sum(added(key) >= least for key in itertools.combinations(gains, size))}


class Targeted(Claim):
    """Marked images of other classes are rather taken for one class."""

    def __init__(self, target):
        self.classes = (target,)

    def asked(self, names):
        name = names[self.classes[0]]
        return None if name is None else (Targeted(name), [0])

    def concerns(self, label, column):
        return label != self.classes[0]

    def class_of(self, label, column):
        return self.classes[0]


class Untargeted(Claim):
    """Marked images are rather taken for anything but what they show."""

    def concerns(self, label, column):
        return True

    def class_of(self, label, column):
        return label

    def is_hit(self, answered, label, column):
        return answered != label

    def oriented(self, probability):
        return 1 - probability


class Assignment(Claim):
    """Images of other classes are, under carrier i of the key, rather taken for class i of these: a column a class."""
    least_decoys = 0

    def __init__(self, classes):
        self.classes = tuple(classes)
        self.columns = len(classes)
        self.key_sizes = (len(classes), len(classes))

    def column_of(self, carrier):
        return carrier

    def columns_of(self, carrier, size):
        return [carrier] if carrier < size else range(self.columns)

    def asked(self, names):
        left = [place for place, label in enumerate(self.classes) if names[label] is not None]
        found = [names[self.classes[place]] for place in left]
        return (Assignment(found), left) if len(set(found)) > 1 else None

    def concerns(self, label, column):
        return label != self.classes[column]

    def class_of(self, label, column):
        return self.classes[column]

    def gain(self, before, after, kind):
        return after - before if kind == "label" else math.log(max(after, FLOOR)) - math.log(max(before, FLOOR))

    def keys(self, carriers, size):
        return min(MOST_KEYS, math.perm(carriers, size))

    def rank(self, table, size):
        table = standardised(table)
        carriers = list(zip(*table))
        own = added(row[i] for i, row in enumerate(table))
        sums = [0.0] * self.keys(len(carriers), size)
        for row, chosen in zip(table, assignments(size, len(carriers))):
            sums = list(map(operator.add, sums, map(row.__getitem__, chosen)))
        # Equal up to rounding counts against the claim.
        least = own - 1e-12 * max(1, max(abs(value) for row in table for value in row))
        return {"rank": sum(value >= least for value in sums), "gain": own / size}


def claim_of(document):
    """What a statement or a plan claims."""
    kind = document.get("claimKind")
    require(kind in (None, "untargeted", "assignment"), "no such claim")
    for name, of in (("targetClass", None), ("assignedClasses", "assignment")):
        require(kind == of or name not in document, f"such a claim has no {name}")
    if kind is None:
        require_whole(document, {"targetClass": (0, CLASSES)})
        return Targeted(document["targetClass"])
    if kind == "untargeted":
        return Untargeted()
    classes = document["assignedClasses"]
    require(isinstance(classes, list) and all(is_whole(label) and 0 <= label <= CLASSES for label in classes)
            and 2 <= len(classes) <= 32 and len(set(classes)) == len(classes), "2 to 32 different classes are needed")
    return Assignment(classes)


def answered_as(document):
    """For each class the one that answers name it by, null for one that the suspect has not: itself, or the first of
    several that the suspect has as one. None where each is there by itself."""
    if "answeredAs" not in document:
        return None
    names = document["answeredAs"]
    require(isinstance(names, list) and names != list(range(len(names))), "answeredAs: no list, or a needless one")
    for label, name in enumerate(names):
        require(name is None or is_whole(name) and 0 <= name <= label and names[name] == name, "answeredAs: no name")
    require(len({name for name in names if name is not None}) > 1, "answeredAs: fewer than two classes")
    return names


def standardised(table):
    """Each class in its own standard deviation over the carriers and the mean of all, from its carrier's mean over the
    classes."""
    means = [added(row) / len(row) for row in table]
    table = [[value - mean for value in row] for row, mean in zip(table, means)]
    spreads = [math.sqrt(added(value * value for value in row) / len(row)) for row in table]
    common = added(spreads) / len(spreads)
    if common <= 1e-12:
        return [[0.0] * len(row) for row in table]
    table = [[value / (spread + common) for value in row] for row, spread in zip(table, spreads)]
    means = [added(carrier) / len(carrier) for carrier in zip(*table)]
    return [[value - mean for value, mean in zip(row, means)] for row in table]


class Scoring:
    """How answers are scored: by what is asked of the claim, whose carriers come first. The carrier of a class that the
    suspect has not is a decoy like others."""

    def __init__(self, plan):
        claim, self.names = claim_of(plan), answered_as(plan)
        asked = (claim, list(range(claim.columns))) if self.names is None else claim.asked(self.names)
        require(asked is not None, "plan.json: the suspect has too few of the claim's classes")
        self.claim, columns = asked
        own = columns if self.claim.columns > 1 else list(range(plan["keySize"]))
        others = range(plan["keySize"] + plan["decoys"])
        self.size, self.carriers = len(own), own + [carrier for carrier in others if carrier not in set(own)]
        classes, left = len(plan["classes"]), [name for name in self.names or [] if name is not None]
        # Naming the most classes that are one to it is the best guess.
        self.chance = max(map(left.count, set(left))) / len(left) if left else 1 / max(1, classes)

    def name_of(self, label):
        """What answers name a class by; None for one that the suspect has not."""
        return label if self.names is None else self.names[label]


def bounds(answer, label):
    """The least and the greatest probability that an answer leaves to a class."""
    if "probabilities" in answer:
        return answer["probabilities"][label], answer["probabilities"][label]
    top = answer["top"]
    if str(label) in top:
        return top[str(label)], top[str(label)]
    return 0.0, min(max(0.0, 1 - sum(top.values())), max(0.0, min(top.values())))


@functools.lru_cache(maxsize=1)
def assignments(classes, carriers):
    """For each class its carrier in every key that a rank is among."""
    keys = (itertools.permutations(range(carriers), classes) if math.perm(carriers, classes) < MOST_KEYS
            else itertools.islice(lots(classes, carriers), MOST_KEYS))
    chosen = array.array("H", itertools.chain.from_iterable(keys))
    return [chosen[place::classes] for place in range(classes)]


def lots(classes, carriers):
    """The release's own assignment, and then those by lot: each exchanges every place of the last, from the first on,
    with itself or one behind it."""
    order, places = list(range(carriers)), range(classes)
    # A word of the last, incomplete round of its divisor would have to be drawn again. The words are the same for
    # everybody, and none of the first 32 million is so large.
    partners = map(operator.add, itertools.cycle(places),
                   map(operator.mod, words(), itertools.cycle(range(carriers, carriers - classes, -1))))
    while True:
        yield order[:classes]
        for place, partner in zip(places, partners):
            order[place], order[partner] = order[partner], order[place]


def words(count=2**10):
    """SplitMix64 from state 0. Word n is a function of n alone, so `count` of them are computed as one long number, 128
    bits apart: the product of two words has room there."""
    step, word = 0x9E3779B97F4A7C15, 2**64 - 1

    def number(values):
        return int.from_bytes(b"".join(value.to_bytes(16, "little") for value in values), "little")

    ones, first = number([1] * count), number([place * step & word for place in range(1, count + 1)])
    mask = ones * word
    for block in itertools.count():
        z = first + ones * (block * count * step & word) & mask
        z = (z ^ z >> 30) & mask
        z = z * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) & mask
        z = z * 0x94D049BB133111EB & mask
        z = (z ^ z >> 31) & mask
        yield from struct.unpack(f"<{2 * count}Q", z.to_bytes(16 * count, "little"))[::2]


# --- The commitment -----------------------------------------------------------------------------------------------


def release_secret(statement):
    if "key" in statement:  # a release from before there were keys has none
        content = (b"dandyroll release secret 2" + bytes.fromhex(statement["generator"])
                   + bytes.fromhex(statement["source"]) + number(statement["seed"]))
        return hmac.digest(bytes.fromhex(statement["key"]), content, "sha256")
    content = b"dandyroll release secret 1" + bytes.fromhex(statement["source"]) + number(statement["seed"])
    return hmac.digest(bytes.fromhex(statement["generator"]), content, "sha256")


def draw(secret, purpose, *numbers):
    return hmac.digest(secret, purpose.encode() + b"".join(map(number, numbers)), "sha256")


def commitment_root(opening):
    """The published root that the opening leads to; None if one of its proofs fails."""
    statement, samples_root = opening["statement"], bytes.fromhex(opening["samplesRoot"])
    secret = release_secret(statement)
    for leaf in opening["leaves"]:
        index, leaves = leaf["proof"]["index"], leaf["proof"]["leaves"]
        if leaves != statement["samples"] or not 0 <= index < leaves:
            return None
        content = (draw(secret, "salt", index) + number(index) + b"\x01" + bytes.fromhex(leaf["marked"])
                   + bytes.fromhex(statement["generator"]))
        node, width, path = sha256(b"\x00" + content), leaves, [bytes.fromhex(x) for x in leaf["proof"]["path"]]
        while width > 1:
            if index ^ 1 < width:  # the last node of an odd level moves up as it is
                if not path:
                    return None
                sibling = path.pop(0)
                node = sha256(b"\x01" + (node + sibling if index % 2 == 0 else sibling + node))
            index, width = index // 2, (width + 1) // 2
        if path or node != samples_root:
            return None
    names = ("generator", "source", "targetClass", "claimKind", "assignedClasses", "epsilon", "changedPixels",
             "changedRegion", "displacement", "openCorners", "seed", "samples", "markedSamples", "key")
    members = {name: statement[name] for name in names if statement.get(name) is not None}
    if "changedRegion" in members:
        members["changedRegion"] = {side: members["changedRegion"][side] for side in ("top", "left", "bottom", "right")}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return sha256(b"\x01" + sha256(b"\x00" + draw(secret, "salt", 2**64 - 1) + text) + samples_root).hex()


# --- Signatures ---------------------------------------------------------------------------------------------------


# Ed25519 (RFC 8032, section 5.1): the curve -x^2 + y^2 = 1 + d x^2 y^2 over the integers modulo P; points are kept as
# (X, Y, Z, T) with x = X / Z, y = Y / Z, x y = T / Z.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
BASE_Y = 4 * pow(5, P - 2, P) % P


def point_sum(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_product(scalar, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = point_sum(total, point)
        point, scalar = point_sum(point, point), scalar >> 1
    return total


def point_of(y, is_odd):
    """The point with this y; None if there is none."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or x == 0 and is_odd:
        return None
    if x & 1 != is_odd:
        x = P - x
    return x, y, 1, x * y % P


def encoded(point):
    inverse = pow(point[2], P - 2, P)
    return (point[1] * inverse % P | (point[0] * inverse % P & 1) << 255).to_bytes(32, "little")


BASE = point_of(BASE_Y, 0)


def ed25519_holds(key, signature, content):
    word, scalar = int.from_bytes(key, "little"), int.from_bytes(signature[32:], "little")
    point = point_of(word & (1 << 255) - 1, word >> 255)
    if len(key) != 32 or len(signature) != 64 or point is None or scalar >= ORDER:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + content).digest(), "little") % ORDER
    negative = (P - point[0], point[1], 1, P - point[3])
    return encoded(point_sum(point_product(scalar, BASE), point_product(hashed, negative))) == signature[:32]


def decoded_lines(text, lines, of):
    """The lines of a key or signature file of minisign."""
    found = text.decode().split("\n")
    require(len(found) >= lines and found[0].startswith("untrusted comment: "), f"not a {of}")
    return found


def signature_holds(public_key, minisig, content):
    key = base64.b64decode(decoded_lines(public_key, 2, "public key file")[1], validate=True)
    lines = decoded_lines(minisig, 4, "minisign signature")
    line, trusted, last = base64.b64decode(lines[1], validate=True), lines[2], base64.b64decode(lines[3], validate=True)
    prefix = "trusted comment: "
    require(len(key) == 42 and key[:2] == b"Ed", "not a public key file")
    require(len(line) == 74 and line[:2] == b"Ed" and trusted.startswith(prefix), "not a minisign signature")
    signature = line[10:]
    return (line[2:10] == sha256(key[10:])[:8] and ed25519_holds(key[10:], signature, content)
            and ed25519_holds(key[10:], last, signature + trusted[len(prefix):].encode()))


# --- The transcript -----------------------------------------------------------------------------------------------


class Record:
    """What was asked and answered, by round and question."""

    def __init__(self, plan, lines):
        self.plan, self.scoring = plan, Scoring(plan)
        self.claim, self.size = self.scoring.claim, self.scoring.size
        self.labels = [self.scoring.name_of(label) for label in plan["labels"]]
        looks = plan["looks"]
        self.carriers = plan["keySize"] + plan["decoys"]
        self.per_round = (self.carriers + 1) * plan["images"]
        self.answers = [{} for _ in range(looks)]
        self.asked = [set() for _ in range(looks)]
        self.sequence = [[] for _ in range(looks)]
        self.interruption, self.model_changed = None, False
        self.audits, self.time = [], 0
        self.policy = dict(plan["policy"])
        for place, line in enumerate(lines, 1):
            try:
                self.add(line)
            except (KeyError, IndexError, TypeError, ValueError) as error:
                raise ValueError(f"transcript, line {place}: {error}") from error

    def add(self, line):
        require_whole(line, {"audit": (0, WHOLE), "time": (0, WHOLE)})
        require_whole(line, {name: (0, most) for name, most in (("status", 999), ("attempts", 1_000_000))
                             if line.get(name) is not None})
        event, self.time = line["event"], line["time"]
        if event == "begin":
            if line["audit"] not in self.audits[-1:]:  # one that was killed begins again under its number
                if self.audits and line["audit"] < self.audits[-1]:
                    raise ValueError("an audit comes after a later one")
                self.audits.append(line["audit"])
            self.interruption = None
            self.model_changed |= (line.get("model") != self.plan["model"]
                                   or answered_as(line) != self.scoring.names)
            alpha = line.get("alpha", self.policy["alpha"])  # a level can only become stricter
            require(is_number(alpha) and 0 < alpha < 1, "a level that is none")
            self.policy["alpha"] = min(self.policy["alpha"], alpha)
        elif event == "end":
            self.interruption = line.get("interruption")
            require(self.interruption in (None, "outage", "rate-limit", "refused", "budget"), "no such interruption")
            self.model_changed |= line.get("modelChanged") is True
        elif event in ("ask", "answer"):
            round_, question = line["round"], line["question"]
            require(is_whole(round_) and is_whole(question), "no such question")
            if not (0 <= round_ < self.plan["looks"] and 0 <= question < self.per_round):
                raise ValueError("no such question")
            if event == "ask":
                if question in self.asked[round_]:
                    raise ValueError("a question is asked twice")
                self.asked[round_].add(question)
                self.sequence[round_].append(question)
            elif question not in self.asked[round_]:
                raise ValueError("an answer to a question that was not asked")
            elif line.get("answer") is not None:
                if question in self.answers[round_]:
                    raise ValueError("a question is answered twice")
                self.check(line["answer"])
                self.answers[round_][question] = line["answer"]
            elif line.get("postponed") is True and question not in self.answers[round_]:
                self.asked[round_].remove(question)
        else:
            raise ValueError(f"no such event: {event}")

    def check(self, answer):
        classes = len(self.plan["classes"])
        kinds = {"probabilities", "top", "label"} & answer.keys()
        if kinds == {"label"}:
            good = is_whole(answer["label"]) and 0 <= answer["label"] < classes
        elif len(kinds) == 1:
            values = answer["probabilities"] if "probabilities" in answer else list(answer["top"].values())
            good = all(is_number(value) and 0 <= value <= 1 for value in values)
            good = good and (len(values) == classes or "top" in answer and values)
            # "3", "03" and "+3" would be one class with several probabilities.
            good = good and all(name == str(int(name)) and 0 <= int(name) < classes for name in answer.get("top", {}))
        else:
            good = False
        if good and self.scoring.names is not None:
            # No class that the suspect has not, and each by its name.
            named = ([answer["label"]] if "label" in answer else map(int, answer["top"]) if "top" in answer
                     else [label for label, value in enumerate(answer["probabilities"]) if value != 0])
            good = all(self.scoring.name_of(label) == label for label in named)
        if not good:
            raise ValueError("an answer out of its range")

    def complete_rounds(self):
        rounds = 0
        while rounds < self.plan["looks"] and len(self.asked[rounds]) == self.per_round:
            rounds += 1
        return rounds

    def hits(self, round_, place):
        """Of the answers under a carrier of the key: whether each bears the claim out."""
        images, column = self.plan["images"], self.claim.column_of(place)
        for image in range(images):
            label = self.labels[round_ * images + image]
            answer = self.answers[round_].get((self.scoring.carriers[place] + 1) * images + image)
            if answer is not None and self.claim.concerns(label, column):
                yield self.claim.is_hit(label_of(answer), label, column)

    def in_order(self, secret):
        name = int.from_bytes(sha256(self.plan["suspect"].encode())[:8], "big")
        for round_, sequence in enumerate(self.sequence):
            lots = sorted((draw(secret, "audit question", name, self.plan["series"], round_, q)[:8], q)
                          for q in range(self.per_round)) if sequence else []
            places = {q: place for place, (_, q) in enumerate(lots)}
            seen = set()
            for question in sequence:
                if question not in seen:
                    if abs(places[question] - len(seen)) >= WINDOW:
                        return False
                    seen.add(question)
        return True


def kind_of(answer):
    return next(kind for kind in ("probabilities", "top", "label") if kind in answer)


def label_of(answer):
    if "label" in answer:
        return answer["label"]
    pairs = answer.get("top", {}).items() if "top" in answer else enumerate(answer["probabilities"])
    return max(((value, -int(label)) for label, value in pairs))[1] * -1


class Scores:
    """What the answers of one round score: clean[column][image], and under each carrier, the key's own first,
    marked[carrier][column][image]. None where an answer is missing or the image has no score in the column."""

    def __init__(self, record, round_):
        plan, claim, answers = record.plan, record.claim, record.answers[round_]
        images = plan["images"]
        labels = record.labels[round_ * images:(round_ + 1) * images]
        clean, *self.marked = [
            [[claim.score(answers.get(form * images + image), label, column, form > 0)
              for image, label in enumerate(labels)] for column in range(claim.columns)]
            for form in [0] + [carrier + 1 for carrier in record.scoring.carriers]]
        self.clean, self.labels, self.claim, self.size = clean, labels, claim, record.size

    def own(self, carrier, image):
        """Clean and marked, under a carrier of the key, in the column that it is to raise."""
        column = self.claim.column_of(carrier)
        return self.clean[column][image], self.marked[carrier][column][image]

    def concerned(self, image):
        """The key's carriers that an image says something about."""
        return [carrier for carrier in range(self.size)
                if self.claim.concerns(self.labels[image], self.claim.column_of(carrier))]


class Totals:
    """Sums over the images of all rounds so far, by column and carrier, the key's own carriers first."""

    def __init__(self, record, kind):
        self.claim, self.size, self.kind = record.claim, record.size, kind
        shape = [[0] * record.carriers for _ in range(record.claim.columns)]
        # Of what the key is ranked by, of P(marked) - P(clean), and of pairs of answers.
        self.gains, self.differences, self.pairs = ([list(row) for row in shape] for _ in range(3))
        self.images = [0] * record.carriers  # with a pair in any column

    def add(self, scores):
        """A round has sums of its own, which are added to those before."""
        for carrier, marked in enumerate(scores.marked):
            self.images[carrier] += sum(
                any(clean is not None and after is not None for clean, after in zip(clean, after))
                for clean, after in zip(zip(*scores.clean), zip(*marked)))
        for column, clean in enumerate(scores.clean):
            for carrier, marked in enumerate(scores.marked):
                pairs = [(before, after) for before, after in zip(clean, marked[column])
                         if before is not None and after is not None]
                self.gains[column][carrier] += added(self.claim.gain(*pair, self.kind) for pair in pairs)
                self.differences[column][carrier] += added(after - before for before, after in pairs)
                self.pairs[column][carrier] += len(pairs)

    def least_pairs(self):
        return min(self.images)

    def is_whole(self):
        return min(map(min, self.pairs)) > 0

    def table(self):
        """Mean gains; there has to be a pair in every place."""
        return [[total / count for total, count in zip(*rows)] for rows in zip(self.gains, self.pairs)]

    def delta_p(self):
        """Of each carrier the mean P(marked) - P(clean), in the column that it is to raise, of a decoy over all
        columns; None without a pair."""
        found = []
        for carrier in range(len(self.pairs[0])):
            columns = self.claim.columns_of(carrier, self.size)
            there = all(self.pairs[column][carrier] for column in columns)
            found.append(mean(self.differences[column][carrier] / self.pairs[column][carrier] for column in columns)
                         if there else None)
        return found


# --- Distributions ------------------------------------------------------------------------------------------------


def beta_fraction(x, a, b):
    """The continued fraction 1/(1+ d1/(1+ d2/(1+ ...))) of the incomplete beta function, for x below (a+1)/(a+b+2).

    d(2m+1) = -(a+m)(a+b+m)x / ((a+2m)(a+2m+1)) and d(2m) = m(b-m)x / ((a+2m-1)(a+2m)): Abramowitz & Stegun 26.5.8,
    evaluated from the front by Lentz's method, in which a vanishing denominator becomes a tiny one.
    """
    def guarded(value):
        return value if abs(value) > 1e-300 else 1e-300
    c, d = 1.0, 1 / guarded(1 - (a + b) * x / (a + 1))
    value, m = d, 0
    while True:
        m += 1
        for term in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1 / guarded(1 + term * d)
            c = guarded(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            return value


def t_tail(t, freedom):
    """P(T > t) of Student's t: half of I_x(freedom / 2, 1 / 2) at x = freedom / (freedom + t^2) for t > 0."""
    if t == 0:
        return 0.5
    ratio, a, b = t * t / freedom, freedom / 2, 0.5
    x, y = 1 / (1 + ratio), ratio / (1 + ratio)
    front = math.exp(-a * math.log1p(ratio) + b * (math.log(ratio) - math.log1p(ratio))
                     - math.lgamma(a) - math.lgamma(b) + math.lgamma(a + b))
    if x < (a + 1) / (a + b + 2):
        both = front * beta_fraction(x, a, b) / a
    else:  # I_x(a, b) = 1 - I_(1-x)(b, a), on whose side the fraction converges
        both = 1 - front * beta_fraction(y, b, a) / b
    return both / 2 if t > 0 else 1 - both / 2


def binomial_tail(hits, count, chance):
    """P(at least so many hits)."""
    def term(k):
        return math.exp(math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1)
                        + k * math.log(chance) + (count - k) * math.log1p(-chance))
    return min(1.0, math.fsum(term(k) for k in range(hits, count + 1)))


def fair_tail(hits, count):
    """P(at least so many heads of `count` fair coins), in whole numbers until the last step."""
    term, ways = math.comb(count, hits), 0
    for k in range(hits, count + 1):
        ways += term
        term = term * (count - k) // (k + 1)
    return ways / 2**count


# --- Tests over images, which are reported and never decide -------------------------------------------------------


def added(values):
    """The sum from left to right: values that are equal have to stay equal, and sum() is more exact than that."""
    total = 0.0
    for value in values:
        total += value
    return total


def mean(values):
    values = list(values)
    return added(values) / len(values)


def paired_t(differences, margin):
    """(T, p) of the one-sided paired t-test of a mean gain above `margin`; None without two different values."""
    if len(differences) < 2:
        return None
    count, first = len(differences), differences[0]
    shift = added(value - first for value in differences) / count
    squares = added((value - first - shift) ** 2 for value in differences)
    if squares == 0:
        return None
    statistic = (first + shift - margin) / math.sqrt(squares / (count - 1) / count)
    return statistic, t_tail(statistic, count - 1)


def signed_rank(differences, margin):
    """p of Wilcoxon's one-sided signed-rank test: zeros left out, ties with their mean rank; exact up to 50 values,
    beyond by the normal distribution with the variance corrected for ties. None without a difference."""
    values = sorted((value - margin for value in differences if value - margin != 0), key=abs)
    if not values:
        return None
    doubled, positive, ties = [], 0, 0  # ranks times two are whole numbers
    for _, group in itertools.groupby(values, key=abs):
        group = list(group)
        rank = 2 * len(doubled) + len(group) + 1
        positive += rank * sum(value > 0 for value in group)
        doubled += [rank] * len(group)
        ties += len(group) ** 3 - len(group)
    count = len(values)
    if count > 50:
        variance = count * (count + 1) * (2 * count + 1) / 24 - ties / 48
        return math.erfc((positive / 2 - count * (count + 1) / 4) / math.sqrt(2 * variance)) / 2
    ways = [1] + [0] * sum(doubled)  # ways[s]: choices of signs whose positive ranks have the sum s
    for rank in doubled:
        for total in range(len(ways) - 1, rank - 1, -1):
            ways[total] += ways[total - rank]
    return sum(ways[positive:]) / 2**count


def discordant_pairs(differences, margin):
    """p of the exact sign test of differences above `margin`; with hits and margin 0 it is McNemar's test."""
    favourable = sum(value > margin for value in differences)
    return fair_tail(favourable, favourable + sum(value < margin for value in differences))


def tests(rounds, margin, kind):
    """All three, over the images of complete rounds. An image's gain is its mean over those of the key's carriers that
    it says something about."""
    differences, turns = [], []
    for scores in rounds:
        for image in range(len(scores.labels)):
            concerned = scores.concerned(image)
            pairs = [scores.own(carrier, image) for carrier in concerned]
            if not pairs or any(None in pair for pair in pairs):
                continue
            # What carriers of one column start from is one score.
            before = mean(dict(zip(map(scores.claim.column_of, concerned), (clean for clean, _ in pairs))).values())
            differences.append(mean(marked for _, marked in pairs) - before)
            clean, marked = pairs[image % len(pairs)]
            turns.append(marked - clean)
    t = paired_t(differences, margin)
    return {"pairs": len(differences), "t": t and t[0], "pT": t and t[1],
            "pSignedRank": signed_rank(differences, margin),
            "pDiscordant": discordant_pairs(turns, 0) if kind == "label" else discordant_pairs(differences, margin)}


# --- The verdict --------------------------------------------------------------------------------------------------


def reason(code, value=None, limit=None):
    return {"code": code, "value": value, "limit": limit}


def clean_answers(record):
    """(answer, true label) of every clean image that was answered."""
    plan = record.plan
    return [(answer[i], record.labels[r * plan["images"] + i])
            for r, answer in enumerate(record.answers) for i in range(plan["images"]) if i in answer]


def obstacles(record, kinds):
    """What forbids a verdict, in the order in which it is stated."""
    plan, policy = record.plan, record.policy
    found = []
    if record.interruption and record.complete_rounds() < plan["looks"]:  # nothing left to ask: nothing was missed
        found.append(reason({"rate-limit": "rate-limited", "budget": "budget-spent"}.get(
            record.interruption, record.interruption)))
    if record.model_changed or len(kinds) > 1:
        found.append(reason("model-changed"))
    asked = sum(map(len, record.asked))
    share = sum(map(len, record.answers)) / asked if asked else 0.0
    if share < policy["leastAnswerShare"]:
        found.append(reason("too-few-answers", share, policy["leastAnswerShare"]))
    clean = clean_answers(record)
    chance = record.scoring.chance
    distinct = min(2, len({json.dumps(answer, sort_keys=True) for answer, _ in clean}))
    if clean and distinct < 2:
        return found + [reason("constant-answers", distinct, 2)]
    correct = sum(label_of(answer) == label for answer, label in clean)
    p = binomial_tail(correct, len(clean), chance) if clean and chance < 1 else 1.0
    if p > policy["chanceLevel"]:
        found.append(reason("accuracy-at-chance", p, policy["chanceLevel"]))
    return found


def decisive_look(looks):
    """The first look that convicts; without one the last; None before the first."""
    return next((look for look in looks if look["p"] <= look["level"]), looks[-1] if looks else None)


def verdict(record, kinds, looks, pairs, panel, tested, keys):
    """(outcome, reasons): what the looks, the panel and the state of the transcript come to."""
    policy = record.policy
    reasons = obstacles(record, kinds)
    if pairs < policy["leastPairs"]:
        reasons.append(reason("too-few-pairs", pairs, policy["leastPairs"]))
    decisive = decisive_look(looks)
    if decisive is None:
        reasons.append(reason("no-look"))
    elif 1 / keys > decisive["level"]:
        reasons.append(reason("too-few-decoys", 1 / keys, decisive["level"]))
    if reasons:
        return "inconclusive", reasons
    convicts = decisive["p"] <= decisive["level"]
    code = "decoy-rank-at-level" if convicts else "decoy-rank-above-level"
    reasons = [reason(code, decisive["p"], decisive["level"])]
    if convicts and panel is None:
        reasons.append(reason("no-panel"))
        if policy["needsPanel"]:
            return "inconclusive", reasons
    elif convicts:
        least = 1 / (panel["references"] + 1)
        if least > policy["panelAlpha"]:
            return "inconclusive", reasons + [reason("panel-too-small", least, policy["panelAlpha"])]
        convicts = panel["p"] <= policy["panelAlpha"]
        reasons.append(reason("panel-at-level" if convicts else "panel-above-level", panel["p"], policy["panelAlpha"]))
    if not convicts and tested and tested["pT"] is not None and tested["pT"] <= policy["alpha"]:
        reasons.append(reason("t-test-alone", tested["pT"], policy["alpha"]))
    return ("trained-on" if convicts else "not-shown"), reasons


def reckon(record, gains_of_references):
    """Every figure of the statement that follows from plan, transcript and panel."""
    plan, claim, policy = record.plan, record.claim, record.policy
    images, size = plan["images"], record.size
    keys = claim.keys(record.carriers, size)
    kinds = {kind_of(answer) for round_ in record.answers for answer in round_.values()}
    complete = record.complete_rounds() if len(kinds) == 1 else 0
    kind = {"top": "top-k"}.get(next(iter(kinds)), next(iter(kinds))) if complete else None
    totals, looks = Totals(record, kind), []
    rounds = [Scores(record, round_) for round_ in range(complete)]
    for scores in rounds:
        totals.add(scores)
        if totals.is_whole():
            look = plan["looksBefore"] + len(looks) + 1
            found = claim.rank(totals.table(), size)
            looks.append({"number": look, "pairs": totals.least_pairs(), **found, "keys": keys,
                          "p": found["rank"] / keys, "deltaP": mean(totals.delta_p()[:size]),
                          "level": policy["alpha"] * 6 / (math.pi * look) ** 2})
    gains = totals.delta_p()

    # The bet on a rank r among n keys pays n / (r (1 + 1/2 + ... + 1/n)), a mean of 1 over all ranks; look a has the
    # share 6 / (pi a)^2 of the stake, and the shares of all looks add up to 1.
    harmonic = math.fsum(1 / place for place in range(1, keys + 1))
    stake = math.fsum(6 / (math.pi * look["number"]) ** 2 * keys / (look["rank"] * harmonic) for look in looks)

    panel = None
    # Models that tell all classes apart are no measure for one that does not.
    references = gains_of_references if record.scoring.names is None else None
    # Images with both answers, for each of the key's carriers.
    answered = [[round_ * images + image for round_, scores in enumerate(rounds) for image in range(images)
                 if None not in scores.own(carrier, image)] for carrier in range(size)]
    if (references and references["kind"] == kind and references["images"] == answered and references["deltaP"]
            and None not in gains[:size]):
        own, others = mean(gains[:size]), references["deltaP"]
        rank = 1 + sum(other >= own for other in others)
        panel = {"references": len(others), "rank": rank, "p": rank / (len(others) + 1)}

    tested = tests(rounds, plan["margin"], kind) if rounds else None
    outcome, reasons = verdict(record, kinds, looks, totals.least_pairs(), panel, tested, keys)
    clean = clean_answers(record)
    marked = [hit for round_ in range(plan["looks"]) for carrier in range(size)
              for hit in record.hits(round_, carrier)]
    decoys = [gain for gain in gains[size:] if gain is not None] if rounds else []
    return {
        "format": "dandyroll-evidence/1", "suspect": plan["suspect"], "release": plan["release"],
        "model": plan["model"], "series": plan["series"], "audits": record.audits, "time": record.time, "kind": kind,
        "asked": sum(map(len, record.asked)), "answered": sum(map(len, record.answers)),
        "accuracy": sum(label_of(answer) == label for answer, label in clean) / len(clean) if clean else None,
        "successRate": sum(marked) / len(marked) if marked else None,
        "deltaP": looks[-1]["deltaP"] if looks else None,
        "decoyMean": mean(decoys) if decoys else None, "decoyLargest": max(decoys, default=None),
        "looks": looks, "evidence": math.log(stake) if looks else None, "tests": tested, "panel": panel,
        "verdict": {"outcome": outcome, "reasons": reasons},
    }


# What is said instead of a verdict that nobody vouches for, or that does not follow.
BY_NOBODY, DOES_NOT_HOLD = "consistent, by nobody", "does not hold"

# What the statement adds: who wrote it, and what other checks compare.
BESIDE = {"program", "generator", "files"}


def differing(found, stated, path=""):
    """Names of the members in which a statement differs from what follows; null and absent are the same."""
    if isinstance(found, dict) and isinstance(stated, dict):
        names = sorted(found.keys() | stated.keys())
        return [name for key in names
                for name in differing(found.get(key), stated.get(key), f"{path}.{key}" if path else key)]
    if isinstance(found, list) and isinstance(stated, list) and len(found) == len(stated):
        return [name for index, pair in enumerate(zip(found, stated)) for name in differing(*pair, f"{path}[{index}]")]
    if is_number(found) and is_number(stated):
        if float(found).is_integer() and float(stated).is_integer():
            return [] if found == stated else [path]  # counts and times are exact
        # Mathematical libraries differ in the last digits, and a mean gain of nothing in all of them.
        is_gain = path.rsplit(".", 1)[-1].startswith(("deltaP", "decoy", "gain"))
        same = math.isclose(found, stated, rel_tol=1e-9, abs_tol=1e-12 if is_gain else 1e-290)
        return [] if same else [path]
    return [] if found == stated and isinstance(found, bool) == isinstance(stated, bool) else [path]


# --- All of it ----------------------------------------------------------------------------------------------------


def verify(path, owner_key):
    files = read_package(path)
    documents = {name: parse(files[name]) for name in ("statement.json", "release.json", "opening.json",
                                                            "plan.json")}
    statement, release, opening, plan = documents.values()
    check_release(release)
    check_opening(opening)
    check_plan(plan)
    lines = [parse(line) for line in files["transcript.jsonl"].split(b"\n") if line]
    panel = parse(files["panel.json"]) if "panel.json" in files else None
    if panel is not None:
        check_panel(panel)
    checks = []

    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()
               if not name.startswith("statement.json")}
    checks.append(("every file has the digest that the statement names", digests == statement["files"], ""))

    key, is_signed = owner_key or files.get("owner.pub"), False
    # Anybody can put a key of his own into a package.
    signer = "the owner's key" if owner_key else "the key in the package, whose owner only --owner-key can tell"
    for name in ("statement.json", "release.json"):
        signature = files.get(name + ".minisig")
        if key and signature:
            holds = signature_holds(key, signature, files[name])
            is_signed = is_signed or holds and name == "statement.json"
            checks.append((f"{name} is signed by {signer}", holds, ""))
        elif key and name == "statement.json":
            checks.append((f"{name} is signed by {signer}", False, "no signature"))

    name = f"release-{release['dataset']}-{release['version']}"
    checks.append(("release.json is of the release that was asked about",
                   name == plan["release"] == statement["release"] and release["classes"] == plan["classes"], name))
    root = commitment_root(opening)
    committed = opening["statement"]
    checks.append(("the opening leads to the published commitment",
                   root == release["commitment"]["root"] and committed["samples"] == release["commitment"]["leaves"],
                   f"root {release['commitment']['root']}, {len(opening['leaves'])} marked samples opened"))
    checks.append(("claim and generator are the committed ones",
                   claim_of(committed) == claim_of(plan) and committed["generator"] == statement["generator"], ""))

    claim = claim_of(committed)
    if claim.columns > 1:
        secret = release_secret(committed)
        lots = [int.from_bytes(draw(secret, "class", index)[:8], "big") for index in claim.classes]
        checks.append(("classes have their carriers by the lots that the committed secret draws", lots == sorted(lots),
                       f"{len(lots)} classes"))
    record = Record(plan, lines)
    checks.append(("questions were asked in the order that the committed secret draws",
                   record.in_order(release_secret(committed)), f"{sum(map(len, record.asked))} questions"))
    names = record.scoring.names
    if names is not None:
        checks.append(("no answer names a class that the suspect has not, by the plan", True,
                       f"{len(names) - names.count(None)} of {len(names)} classes asked about"))
    found = reckon(record, panel)
    keys = record.claim.keys(record.carriers, record.size)
    decisive = decisive_look(found["looks"])
    checks.append(("the key can be told from its decoys at the look that decides",
                   decisive is None or 1 / keys <= decisive["level"], f"one of {keys} keys"))
    outcome = found["verdict"]["outcome"]
    wrong = differing(found, {key: value for key, value in statement.items() if key not in BESIDE})
    checks.append(("every figure follows from the transcript", not wrong, ", ".join(wrong)))
    checks.append(("the verdict follows from the transcript", outcome == statement["verdict"]["outcome"], ""))
    reasons = [entry["code"] for entry in found["verdict"]["reasons"]]
    if not all(check[1] for check in checks):
        outcome, reasons = DOES_NOT_HOLD, []
    elif not is_signed:
        outcome, reasons = BY_NOBODY, []
    return checks, outcome, reasons, plan


def main():
    parser = argparse.ArgumentParser(description="Checks a Dandyroll evidence package without Dandyroll.")
    parser.add_argument("package", help="the tar archive or its directory")
    parser.add_argument("--owner-key", help="the owner's public key, if it is known from elsewhere")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args()
    try:
        key = open(options.owner_key, "rb").read() if options.owner_key else None
        if key and b"secret key" in key.split(b"\n")[0]:
            raise ValueError(f"{options.owner_key} is a secret key; the public one is needed")
        checks, outcome, reasons, plan = verify(options.package, key)
    except (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError,
            tarfile.TarError) as error:
        print(f"{options.package}: {error}", file=sys.stderr)
        return 3
    holds = all(check[1] for check in checks)
    if options.json:
        print(json.dumps({"holds": holds, "outcome": outcome, "reasons": reasons, "suspect": plan["suspect"],
                          "release": plan["release"],
                          "checks": [{"rule": r, "holds": h, "detail": d} for r, h, d in checks]}))
    else:
        for rule, check, detail in checks:
            print(f"{'ok    ' if check else 'FAILED'}  {rule}{': ' + detail if detail else ''}")
        print(f"verdict  {outcome}: {plan['suspect']}, {plan['release']}\n         {', '.join(reasons)}")
    return {DOES_NOT_HOLD: 1, BY_NOBODY: 4}.get(outcome, 0)


if __name__ == "__main__":
    sys.exit(main())
