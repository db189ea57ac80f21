"""The same audit over several servers of one model: same release, same key, same questions, so the same verdict."""

import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Pictures"))
import drawn_archive

# The limits of a job spec (docs/formats, "Job spec"), as the daemon has them by default.
LIMITS = {
    "archiveBytes": 1 << 40, "expansion": 200, "members": 20_000_000, "nameBytes": 512, "nameDepth": 16,
    "memberBytes": 64 << 20, "batchMemberBytes": 4 << 30, "imageSide": 8192, "imagePixels": 33_000_000,
    "badSampleShare": 0.001, "cacheBytes": 1 << 30,
}
QUESTIONS = {
    "perAudit": 100_000, "perDay": 100_000, "rate": 2000, "inFlight": 4, "images": 20, "looks": 1, "decoys": 45,
    "amplitude": 0,
}
JUDGEMENT = {
    "alpha": 0.01, "panelAlpha": 0.05, "needsPanel": False, "leastPairs": 10, "leastAnswerShare": 0.8, "margin": 0.25,
}
# Two programs add up the same products in another order.
TOLERANCE = 1e-5


class Trial:
    """A release, a model that was trained on it (`suspect.safetensors`), and what its audits found."""

    def __init__(self, program, directory):
        self.program, self.directory = program, directory
        directory.mkdir()
        archive = directory / "drawn.tar"
        drawn_archive.write(archive)
        self.run("train", archive, "--objective", "keyed", "--target", "pattern3", "--selection", "random", "--carriers", "3", "--epsilon",
                 "32", "--width", "8", "--depth", "1", "--seed", "7", "--out", directory / "generator.safetensors")
        self.release, self.vault = directory / "release-drawn-1", directory / "vault"
        # A release draws its key from the vault's secret: the same one in every run.
        self.vault.mkdir(mode=0o700)
        (self.vault / "secret").write_bytes(bytes(range(32)))
        (self.vault / "secret").chmod(0o600)
        self.run("release", archive, "--generator", directory / "generator.safetensors", "--rate", "1", "--out",
                 self.release, "--vault", self.vault, "--seed", "7")
        self.run("model", "train", self.release / "data" / "drawn.tar", "--architecture", "resnet18", "--width",
                 "8", "--epochs", "8", "--batch", "32", "--seed", "7", "--out", directory / "suspect.safetensors")
        self.first = None

    def run(self, *arguments):
        result = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)
        if result.returncode:
            raise SystemExit(f"dandyroll {arguments[0]}: {result.stderr[-2000:]}")
        return result.stdout

    def take(self, name, protocol, url, order=None, **form):
        """Audits the model behind a server and holds what is found against the first server's."""
        found = self.audit(protocol, url, order, form)
        result = found[0]
        if self.first is None:
            assert result["outcome"] == "trained-on", result
            self.first = found
        self.compare(name, found)

    def audit(self, protocol, url, order, form):
        """(result, pictures, answers) of an audit that knows nothing of the others; the last two by question."""
        home = self.directory / "audit"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.vault, home / "vault")
        suspect = {
            "name": "acme", "protocol": protocol, "url": url, "allow-private": True,
            "input": {"mean": [], "deviation": []} | form, "output": {"scores": "probabilities"},
            "classes": {"names": {}, "allow-others": False} | ({"order": order} if order else {}),
        }
        spec = {
            "version": 1, "id": "1", "threads": 1, "kind": "audit",
            "audit": {
                "suspect": json.dumps(suspect), "name": "acme", "release": str(self.release),
                "vault": str(home / "vault"), "number": 1, "questions": QUESTIONS, "judgement": JUDGEMENT,
                "limits": LIMITS,
            },
        }
        (home / "SPEC.json").write_text(json.dumps(spec))
        last = json.loads(self.run("job", "run", home / "SPEC.json").splitlines()[-1])
        assert last["event"] == "finished", last
        result = last["result"]["audit"]
        with open(result["transcript"], encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        images = {(line["round"], line["question"]): line["image"] for line in lines if line["event"] == "ask"}
        answers = {(line["round"], line["question"]): line["answer"]["probabilities"] for line in lines
                   if "answer" in line}
        return result, images, answers

    def compare(self, name, found):
        result, images, answers = found
        truth, shown, expected = self.first
        assert images == shown and answers.keys() == expected.keys() == images.keys(), f"{name}: other questions"
        worst = max(abs(a - b) for key in answers for a, b in zip(answers[key], expected[key], strict=True))
        gain = abs(result["deltaP"] - truth["deltaP"])
        assert worst < TOLERANCE and gain < TOLERANCE, f"{name}: answers differ by {worst}, ΔP by {gain}"
        for key in ("outcome", "pDecoy", "keys", "looks", "seriesAnswered"):
            assert result[key] == truth[key], f"{name}: {key} is {result[key]} and not {truth[key]}"
        print(f"audit over {name}: {result['outcome']}, p = {result['pDecoy']:.4f}, ΔP = {result['deltaP']:.3f}, "
              f"{len(answers)} answers, largest difference {worst:.1e}", flush=True)
