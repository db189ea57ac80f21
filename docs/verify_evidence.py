#!/usr/bin/env python3
"""Checks a Dandyroll evidence package without Dandyroll.

    python3 verify_evidence.py evidence-look-1.tar [--owner-key owner.pub]

A package is a tar archive, or the same files in a directory. Python's standard library is enough; with the package
`cryptography` the Ed25519 signatures are checked too, without it that is said and nothing else changes.

What is checked, and why it is enough (FORMATS.md, "Evidence package"; every rule is written out there):

1. The statement names the digest of every other file, and the owner's key signs the statement.
2. `release.json` was published with the dataset. Its commitment is a Merkle root; the opening leads to it, so release,
   generator, seed and target class were fixed before publication. From these follows a secret, and from the secret
   follows the order of all carriers in the book (its first G are the release's key, the next are decoys), and the
   order of all questions.
3. The transcript holds every question and answer, in the order that the secret draws. All c carriers are scored alike:
   the mean over images of P(target | marked) - P(target | clean).
4. To a model that never saw the release its key is one of the n = c choose G sets of carriers, and nobody can tell
   which. By its mean score its rank r among them has the exact p-value r / n, and look a may spend
   alpha * 6 / (pi * a)^2. The verdict follows.

Exit code: 0 if everything holds, 1 if something does not, 2 for a file that is no package.
"""

import argparse
import base64
import hashlib
import hmac
import itertools
import json
import math
import os
import sys
import tarfile

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


# --- The commitment -----------------------------------------------------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def number(value):
    """Unsigned, 64 bits, most significant byte first."""
    return value.to_bytes(8, "big")


def release_secret(statement):
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
    text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return sha256(b"\x01" + sha256(b"\x00" + draw(secret, "salt", 2**64 - 1) + text) + samples_root).hex()


# --- Signatures ---------------------------------------------------------------------------------------------------


def signature_holds(public_key, minisig, content):
    """True or False; None if the package `cryptography` is missing."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return None
    key = base64.b64decode(public_key.decode().splitlines()[1])
    lines = minisig.decode().splitlines()
    line, trusted = base64.b64decode(lines[1]), lines[2]
    prefix = "trusted comment: "
    if len(key) != 42 or len(line) != 74 or line[:10] != key[:10] or not trusted.startswith(prefix):
        return False
    verifier, signature = Ed25519PublicKey.from_public_bytes(key[10:]), line[10:]
    try:
        verifier.verify(signature, content)
        verifier.verify(base64.b64decode(lines[3]), signature + trusted[len(prefix):].encode())
    except InvalidSignature:
        return False
    return True


# --- The transcript -----------------------------------------------------------------------------------------------


class Record:
    """What was asked and answered, by round and question."""

    def __init__(self, plan, lines):
        self.plan = plan
        looks = plan["looks"]
        self.carriers = plan["keySize"] + plan["decoys"]
        self.per_round = (self.carriers + 1) * plan["images"]
        self.answers = [{} for _ in range(looks)]
        self.asked = [set() for _ in range(looks)]
        self.sequence = [[] for _ in range(looks)]
        self.interruption, self.model_changed = None, False
        for place, line in enumerate(lines, 1):
            try:
                self.add(line)
            except (KeyError, IndexError, TypeError, ValueError) as error:
                raise ValueError(f"transcript, line {place}: {error}") from error

    def add(self, line):
        event = line["event"]
        if event == "begin":
            self.interruption = None
            self.model_changed |= line["model"] != self.plan["model"]
        elif event == "end":
            self.interruption = line.get("interruption")
            self.model_changed |= line.get("modelChanged", False)
        else:
            round_, question = line["round"], line["question"]
            if not (0 <= round_ < self.plan["looks"] and 0 <= question < self.per_round):
                raise ValueError("no such question")
            if event == "ask":
                if question in self.asked[round_]:
                    raise ValueError("a question is asked twice")
                self.asked[round_].add(question)
                self.sequence[round_].append(question)
            elif question not in self.asked[round_]:
                raise ValueError("an answer to a question that was not asked")
            elif "answer" in line:
                if question in self.answers[round_]:
                    raise ValueError("a question is answered twice")
                self.check(line["answer"])
                self.answers[round_][question] = line["answer"]
            elif line.get("postponed") and question not in self.answers[round_]:
                self.asked[round_].remove(question)

    def check(self, answer):
        classes = len(self.plan["classes"])
        if "label" in answer:
            good = 0 <= answer["label"] < classes
        else:
            values = answer.get("probabilities", list(answer.get("top", {}).values()))
            good = all(0 <= value <= 1 for value in values) and (len(values) == classes or "top" in answer and values)
            good = good and all(0 <= int(name) < classes for name in answer.get("top", {}))
        if not good:
            raise ValueError("an answer out of its range")

    def complete_rounds(self):
        rounds = 0
        while rounds < self.plan["looks"] and len(self.asked[rounds]) == self.per_round:
            rounds += 1
        return rounds

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


def score(answer, target, is_marked):
    """P(target); of a top-k answer the end of the possible range that speaks against the claim; of a label 1 or 0."""
    if answer is None:
        return None
    if "label" in answer:
        return 1.0 if answer["label"] == target else 0.0
    if "probabilities" in answer:
        return answer["probabilities"][target]
    top = answer["top"]
    if str(target) in top:
        return top[str(target)]
    return 0.0 if is_marked else min(max(0.0, 1 - sum(top.values())), max(0.0, min(top.values())))


# --- The verdict --------------------------------------------------------------------------------------------------


def binomial_tail(hits, count, chance):
    """P(at least so many hits)."""
    def term(k):
        return math.exp(math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1)
                        + k * math.log(chance) + (count - k) * math.log1p(-chance))
    return min(1.0, math.fsum(term(k) for k in range(hits, count + 1)))


def obstacles(record, kinds):
    """What forbids a verdict, in the order in which it is stated."""
    plan, policy = record.plan, record.plan["policy"]
    found = []
    if record.interruption:
        found.append({"rate-limit": "rate-limited", "budget": "budget-spent"}.get(
            record.interruption, record.interruption))
    if record.model_changed or len(kinds) > 1:
        found.append("model-changed")
    asked = sum(map(len, record.asked))
    answered = sum(map(len, record.answers))
    if (answered / asked if asked else 0) < policy["leastAnswerShare"]:
        found.append("too-few-answers")
    clean = [(answer[i], plan["labels"][r * plan["images"] + i])
             for r, answer in enumerate(record.answers) for i in range(plan["images"]) if i in answer]
    correct = sum(label_of(answer) == label for answer, label in clean)
    classes = len(plan["classes"])
    if len({json.dumps(answer, sort_keys=True) for answer, _ in clean}) < 2:
        found.append("constant-answers")
    elif classes < 2 or binomial_tail(correct, len(clean), 1 / classes) > policy["chanceLevel"]:
        found.append("accuracy-at-chance")
    return found


def verdict(record, panel):
    """(outcome, reasons, looks): what the transcript shows."""
    plan, policy = record.plan, record.plan["policy"]
    images, carriers, size = plan["images"], record.carriers, plan["keySize"]
    keys = math.comb(carriers, size)
    kinds = {kind_of(answer) for round_ in record.answers for answer in round_.values()}
    sums, pairs, looks = [0.0] * carriers, [0] * carriers, []
    answered = [[] for _ in range(size)]  # images with both answers, for each of the key's carriers
    for round_ in range(record.complete_rounds() if len(kinds) == 1 else 0):
        answers = record.answers[round_]
        subtotal = [0.0] * carriers
        for carrier in range(carriers):
            for image in range(images):
                before = score(answers.get(image), plan["targetClass"], False)
                after = score(answers.get((carrier + 1) * images + image), plan["targetClass"], True)
                if before is not None and after is not None:
                    subtotal[carrier] += after - before
                    pairs[carrier] += 1
                    if carrier < size:
                        answered[carrier].append(round_ * images + image)
        sums = [total + part for total, part in zip(sums, subtotal)]
        if min(pairs) > 0:
            gains = [total / count for total, count in zip(sums, pairs)]
            own = sum(gains[:size])
            # Sums of the same numbers in another order differ by rounding; equal ones count against the claim.
            least = own - (1e-12 if size > 1 else 0)
            rank = sum(sum(key) >= least for key in itertools.combinations(gains, size))
            look = plan["looksBefore"] + len(looks) + 1
            looks.append({"number": look, "rank": rank, "p": rank / keys, "deltaP": own / size,
                          "level": policy["alpha"] * 6 / (math.pi * look) ** 2})
    reasons = obstacles(record, kinds)
    if min(pairs) < policy["leastPairs"]:
        reasons.append("too-few-pairs")
    decisive = next((look for look in looks if look["p"] <= look["level"]), looks[-1] if looks else None)
    if decisive is None:
        reasons.append("no-look")
    elif 1 / keys > decisive["level"]:
        reasons.append("too-few-decoys")
    if reasons:
        return "inconclusive", reasons, looks
    if decisive["p"] > decisive["level"]:
        return "not-shown", ["decoy-rank-above-level"], looks
    reasons = ["decoy-rank-at-level"]
    if panel is None or panel["images"] != answered or not panel["deltaP"]:
        reasons.append("no-panel")
        return ("inconclusive" if policy["needsPanel"] else "trained-on"), reasons, looks
    others = len(panel["deltaP"])
    if 1 / (others + 1) > policy["panelAlpha"]:
        return "inconclusive", reasons + ["panel-too-small"], looks
    gain = sum(total / count for total, count in zip(sums[:size], pairs[:size])) / size
    p = (1 + sum(other >= gain for other in panel["deltaP"])) / (others + 1)
    if p <= policy["panelAlpha"]:
        return "trained-on", reasons + ["panel-at-level"], looks
    return "not-shown", reasons + ["panel-above-level"], looks


# --- All of it ----------------------------------------------------------------------------------------------------


def verify(path, owner_key):
    files = read_package(path)
    documents = {name: json.loads(files[name]) for name in ("statement.json", "release.json", "opening.json",
                                                            "plan.json")}
    statement, release, opening, plan = documents.values()
    lines = [json.loads(line) for line in files["transcript.jsonl"].decode().splitlines()]
    panel = json.loads(files["panel.json"]) if "panel.json" in files else None
    checks = []

    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()
               if not name.startswith("statement.json")}
    checks.append(("every file has the digest that the statement names", digests == statement["files"], ""))

    key = owner_key or files.get("owner.pub")
    for name in ("statement.json", "release.json"):
        signature = files.get(name + ".minisig")
        if key and signature:
            holds = signature_holds(key, signature, files[name])
            checks.append((f"{name} is signed by the owner's key", holds is not False,
                           "not checked: the package “cryptography” is missing" if holds is None else ""))
        elif key and name == "statement.json":
            checks.append((f"{name} is signed by the owner's key", False, "no signature"))

    name = f"release-{release['dataset']}-{release['version']}"
    checks.append(("release.json is of the release that was asked about",
                   name == plan["release"] == statement["release"] and release["classes"] == plan["classes"], name))
    root = commitment_root(opening)
    committed = opening["statement"]
    checks.append(("the opening leads to the published commitment",
                   root == release["commitment"]["root"] and committed["samples"] == release["commitment"]["leaves"],
                   f"root {release['commitment']['root']}, {len(opening['leaves'])} marked samples opened"))
    checks.append(("target class and generator are the committed ones",
                   committed["targetClass"] == plan["targetClass"]
                   and committed["generator"] == statement["generator"], ""))

    record = Record(plan, lines)
    checks.append(("questions were asked in the order that the committed secret draws",
                   record.in_order(release_secret(committed)), f"{sum(map(len, record.asked))} questions"))
    outcome, reasons, looks = verdict(record, panel)
    stated = statement["looks"]
    same = len(stated) == len(looks) and all(
        look["number"] == other["number"] and look["rank"] == other["rank"]
        and math.isclose(look["deltaP"], other["deltaP"], rel_tol=1e-9, abs_tol=1e-12)
        and math.isclose(look["p"], other["p"], rel_tol=1e-9)
        and math.isclose(look["level"], other["level"], rel_tol=1e-9) for look, other in zip(looks, stated))
    checks.append(("every look follows from the transcript", same, ""))
    checks.append(("the verdict follows from the transcript", outcome == statement["verdict"]["outcome"], outcome))
    return checks, outcome, reasons, plan


def main():
    parser = argparse.ArgumentParser(description="Checks a Dandyroll evidence package without Dandyroll.")
    parser.add_argument("package", help="the tar archive or its directory")
    parser.add_argument("--owner-key", help="the owner's public key, if it is known from elsewhere")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args()
    try:
        key = open(options.owner_key, "rb").read() if options.owner_key else None
        checks, outcome, reasons, plan = verify(options.package, key)
    except (OSError, KeyError, TypeError, ValueError, tarfile.TarError) as error:
        print(f"{options.package}: {error}", file=sys.stderr)
        return 2
    holds = all(check[1] for check in checks)
    if options.json:
        print(json.dumps({"holds": holds, "outcome": outcome, "reasons": reasons, "suspect": plan["suspect"],
                          "release": plan["release"],
                          "checks": [{"rule": r, "holds": h, "detail": d} for r, h, d in checks]}))
    else:
        for rule, check, detail in checks:
            print(f"{'ok    ' if check else 'FAILED'}  {rule}{': ' + detail if detail else ''}")
        print(f"verdict  {outcome}: {plan['suspect']}, {plan['release']}\n         {', '.join(reasons)}")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
