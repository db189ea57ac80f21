"""The bent bags of bags.json before bagit.py, the Library of Congress' validator: a bag is valid to it where the table
says so. The same table is before our own check in BagInspectionTests.swift.

A step writes, appends to, replaces in or removes a file (or folder) of a sealed bag, makes a folder, or lists the tag files
anew. In a text, {sha256 FILE} is the file's digest (in capitals with SHA256), {oxum} the payload's size and number of files.
"""

import hashlib
import json
import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
TAGS = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt", "release.json"]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def oxum(bag):
    files = [path for path in (bag / "data").rglob("*") if path.is_file()]
    return f"{sum(path.stat().st_size for path in files)}.{len(files)}"


def filled(text, bag):
    def value(match):
        algorithm, name = match.groups()
        found = digest(bag / name)
        return found.upper() if algorithm.isupper() else found
    return re.sub(r"\{(\w+) ([^}]+)\}", value, text)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def reseal(bag):
    names = [name for name in TAGS if (bag / name).exists()]
    write(bag / "tagmanifest-sha256.txt", "".join(f"{digest(bag / name)}  {name}\n" for name in names))


def sealed(bag):
    """A bag as BagIt.swift seals it."""
    write(bag / "data" / "pictures.tar", "the payload of a bag\n")
    write(bag / "release.json", "{}\n")
    write(bag / "bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    write(bag / "bag-info.txt", f"Bagging-Date: 2026-01-01\nPayload-Oxum: {oxum(bag)}\n")
    write(bag / "manifest-sha256.txt", f"{digest(bag / 'data/pictures.tar')}  data/pictures.tar\n")
    reseal(bag)
    return oxum(bag)


def bend(bag, step, before):
    [kind] = step.keys() - {"text", "old", "new"}
    path = bag / step[kind]
    if kind == "write":
        write(path, filled(step["text"], bag))
    elif kind == "append":
        write(path, path.read_text() + filled(step["text"], bag))
    elif kind == "replace":
        old, new = step["old"].replace("{oxum}", before), step["new"].replace("{oxum}", oxum(bag))
        text = path.read_text()
        assert old in text, step
        write(path, text.replace(old, new))
    elif kind == "remove":
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    elif kind == "folder":
        path.mkdir(parents=True)
    else:
        assert kind == "reseal", step
        reseal(bag)


def compare(interpreter, directory):
    """Validates every bag with bagit.py and compares with the table."""
    table = json.loads((HERE / "bags.json").read_text())
    for number, entry in enumerate(table):
        bag = directory / f"bag-{number}"
        before = sealed(bag)
        for step in entry["steps"]:
            bend(bag, step, before)
        result = subprocess.run([interpreter, "-m", "bagit", "--validate", bag], capture_output=True, text=True)
        assert (result.returncode == 0) == entry["valid"], f"{entry['name']}: bagit.py says\n{result.stderr}"
    print(f"bagit.py: {len(table)} bags, valid where the table says so", flush=True)
