"""Drawn archives, released, before the tools that people open datasets with: each finds the same classes, order,
counts and labels in the original and in the release, and as many changed pictures as were marked. What stands beside the
archive is put before the tools that such files are for: bagit.py, mlcroissant and in-toto's classes.

Usage: check.py DANDYROLL [--venvs DIRECTORY] [--only TOOL …]
Needs Python 3.10 to 3.12 and PyPI: each tool gets a virtual environment of its own, about 4 GB together; --venvs keeps
them for the next time. Nothing is opened but what is drawn here.

torchvision.datasets.CIFAR10 takes the official files only, which it knows by their digests, and the pickled version; so
that it reads a release at all, the binary batches are pickled for it and their own digests put in place of the official.

Exit code 0: everything agrees, except what is named in a line that begins with "skipped", because its packages could not be
installed. Anything else that goes wrong is an error.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Environments"), str(HERE.parent / "Pictures")]
import drawn_archive
import drawn_digits
import environments

# torch without CUDA, where a wheel of it lies at hand, and else from where PyTorch keeps it.
TORCH = ["torch==2.13.0+cpu", "torchvision==0.28.0"]
PACKAGES = {
    "pictures": [["pillow==13.0.0"]],
    "statements": [["bagit==1.9.0", "mlcroissant==1.1.1", "in-toto-attestation==0.9.3", "pillow==13.0.0"]],
    "torchvision": [TORCH, ["--extra-index-url", "https://download.pytorch.org/whl/cpu", *TORCH]],
    "webdataset": [["webdataset==1.0.2", "pillow==13.0.0"]],
    "datasets": [["datasets==5.2.0", "pillow==13.0.0"]],
    "tfds": [["tensorflow-datasets==4.9.10", "tensorflow-cpu==2.21.0", "pillow==13.0.0"]],
}
# What each drop is opened with; the first word is the environment.
DROPS = {
    "png.tar.gz": ["torchvision.ImageFolder", "datasets", "tfds.ImageFolder"],
    "jpeg.tar": ["torchvision.ImageFolder", "datasets", "tfds.ImageFolder", "webdataset"],
    "pictures.zip": ["torchvision.ImageFolder", "datasets"],
    "nested.tar": ["torchvision.ImageFolder"],
    "shards.tar": ["webdataset"],
    "metadata.tar": ["datasets"],
    "cifar.tar": ["torchvision.CIFAR10"],
    "hundred.tar": ["torchvision.CIFAR100"],
    "digits.tar": ["torchvision.MNIST"],
}


def run(*command, **options):
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    if result.returncode:
        said = (result.stderr or result.stdout)[-3000:]
        raise SystemExit(f"{' '.join(map(str, command))}: {result.returncode}\n{said}")
    return result.stdout


class Drop:
    """An archive, and a release of it."""

    def __init__(self, program, archive):
        self.archive, self.home = archive, archive.parent
        generator = self.home / "generator.safetensors"
        run(program, "train", archive, "--painting", "full", "--selection", "random", "--surrogate", "cnn",
            "--surrogate-width", 8, "--epochs", 1, "--seed", 7, "--out", generator)
        self.release, vault = self.home / "release-drawn-1", self.home / "vault"
        said = run(program, "release", archive, "--generator", generator, "--rate", "10% of dataset", "--vault", vault,
                   "--license", "https://spdx.org/licenses/CC-BY-4.0", "--creator", "Acme", "--url",
                   "https://acme.example/drawn", "--training-mining", "notAllowed", "--out", self.release)
        self.marked = int(re.search(r"of which marked (\d+)", said).group(1))
        run(program, "release", "verify", self.release, "--vault", vault, "--original", archive)

    def read(self, interpreter, tool):
        """What a tool finds in the original and in the release."""
        released = self.release / "data" / self.archive.name
        return json.loads(run(interpreter, HERE / "readers.py", tool, self.archive, self.home / "original", released,
                              self.home / "released"))

    def compare(self, interpreter, tool):
        original, released = self.read(interpreter, tool)
        assert original["classes"] == released["classes"], (tool, original["classes"], released["classes"])
        assert list(original["samples"]) == list(released["samples"]), tool
        changed = 0
        for split, rows in original["samples"].items():
            others = released["samples"][split]
            assert [row[:2] for row in rows] == [row[:2] for row in others], f"{tool}: {split} differs"
            changed += sum(row[2] != other[2] for row, other in zip(rows, others, strict=True))
        assert changed == self.marked > 0, f"{tool}: {changed} pictures changed, {self.marked} are marked"
        counts = ", ".join(f"{len(rows)} {split}" for split, rows in original["samples"].items())
        found = f"{len(original['classes'])} classes, {counts}, {changed} changed"
        print(f"{self.archive.name}: {tool}: {found}", flush=True)
        return original

    def statements(self, interpreter):
        """What is said beside the archive."""
        run(interpreter, "-m", "bagit", "--validate", "--quiet", self.release)
        program = pathlib.Path(interpreter).parent / "mlcroissant"
        environment = os.environ | {"CROISSANT_CACHE": str(self.home / "croissant")}
        said = subprocess.run([program, "validate", "--jsonld", self.release / "croissant.json"], capture_output=True,
                              text=True, env=environment)
        assert said.returncode == 0 and "Done." in said.stderr, said.stderr
        # What is recommended and missing is named in lines like this one; a citation is all that we know none of.
        recommended = [line for line in said.stderr.splitlines() if "is recommended" in line and "citeAs" not in line]
        assert not recommended and "not standard" not in said.stderr, said.stderr
        document = json.loads((self.release / "release.json").read_text())
        run(interpreter, HERE / "readers.py", "in-toto", self.archive, self.release)
        [found] = json.loads(
            run(interpreter, HERE / "readers.py", "mlcroissant", self.archive, self.release, env=environment))
        assert found["classes"] == document["classes"], found["classes"]
        records = 0
        if document["layout"] == "image-folder" and self.archive.name != "nested.tar":
            counts = {folder: len(rows) for folder, rows in found["samples"].items()}
            assert counts == {split: document["samples"][split] for split in ("train", "test")}, counts
            labels = collections.Counter(row[1] for rows in found["samples"].values() for row in rows)
            assert sorted(labels) == sorted(found["classes"]) and len(set(labels.values())) == 1, labels
            records = sum(counts.values())
        print(f"{self.archive.name}: bagit.py, mlcroissant ({records} records) and in-toto take its release", flush=True)


def draw(home, pictures):
    folder = HERE.parent / "Pictures" / "drawn_folder.py"
    archives = {name: home / name.split(".")[0] / name for name in DROPS}
    for archive in archives.values():
        archive.parent.mkdir()
    drawn_archive.write(archives["cifar.tar"])
    drawn_archive.write_hundred(archives["hundred.tar"])
    drawn_digits.write(archives["digits.tar"])
    run(pictures, folder, archives["png.tar.gz"])
    run(pictures, folder, archives["jpeg.tar"], "--format", "jpeg")
    run(pictures, folder, archives["pictures.zip"])
    run(pictures, folder, archives["nested.tar"], "--nested")
    run(pictures, folder, archives["shards.tar"], "--shards")
    run(pictures, folder, archives["metadata.tar"], "--format", "jpeg", "--metadata")
    return archives


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=lambda text: str(pathlib.Path(text).resolve()))
    parser.add_argument("--venvs", type=pathlib.Path)
    parser.add_argument("--only", action="append", choices=[name for name in PACKAGES if name != "pictures"])
    options = parser.parse_args()
    chosen = options.only or [name for name in PACKAGES if name != "pictures"]
    skipped = []

    def skip(what, reason):
        skipped.append(what)
        print(f"skipped: {what}: {reason}", flush=True)

    with tempfile.TemporaryDirectory() as name:
        home = pathlib.Path(name)
        venvs = environments.directory(options.venvs or home / "venvs")
        interpreters = {}
        for tool in ["pictures", *chosen]:
            try:
                interpreters[tool] = environments.python(venvs / f"tools-{tool}", *PACKAGES[tool])
            except environments.Missing as reason:
                skip("every tool" if tool == "pictures" else tool, reason)
                if tool == "pictures":
                    return
        for archive in draw(home, interpreters["pictures"]).values():
            tools = [tool for tool in DROPS[archive.name] if tool.split(".")[0] in interpreters]
            if not tools and "statements" not in interpreters:
                continue
            drop = Drop(options.program, archive)
            found = [drop.compare(interpreters[tool.split(".")[0]], tool) for tool in tools]
            # The tools sort alike; only what reads an archive as a stream has no splits.
            whole = [each for each in found if "all" not in each["samples"]]
            assert all(each["classes"] == whole[0]["classes"] for each in whole), "the tools find different classes"
            if "statements" in interpreters:
                drop.statements(interpreters["statements"])
    if "torchvision" in interpreters:
        print("torchvision.CIFAR10 takes the official files only, by their digests: it was told those of the release")
    print(f"skipped: {', '.join(skipped)}" if skipped else "all tools agree")


if __name__ == "__main__":
    main()
