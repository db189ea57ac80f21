#!/usr/bin/env python3
"""Looks at the status page in headless Chromium: an empty, a busy, an auditing and a failing daemon, a release, suspects
and their audits.

usage: status_page.py PROGRAM [--out DIR] [--part empty|busy|auditing|failing]

PROGRAM is the built dandyroll. For each daemon the texts and links of the page as the browser has it are checked, and
screenshots are taken, light, dark and 360 pixels wide, into DIR (default: a temporary directory that is named at the end).
Exit code 0: everything is there, or there is no Chromium to look with (said in one line); 1: something is missing.
Needs Python 3.9 and nothing beside it.
"""

import argparse
import contextlib
import io
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Pictures"))
import drawn_archive

VIEWS = {
    "light": ["--window-size=1200,1500", "--blink-settings=preferredColorScheme=1"],
    "dark": ["--window-size=1200,1500", "--blink-settings=preferredColorScheme=0"],
    "phone": ["--window-size=360,1500", "--blink-settings=preferredColorScheme=1"],
}


def archive(path, train, test, names=10):
    """A CIFAR-10 archive of noise: `train` records in each of five batches, and `test` records."""
    draw = random.Random(1)
    with tarfile.open(path, "w:gz") as tar:
        def add(name, content):
            entry = tarfile.TarInfo("cifar-10-batches-bin/" + name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))

        def batch(count):
            return b"".join(bytes([i % 10]) + draw.randbytes(3072) for i in range(count))

        add("batches.meta.txt", "".join(f"class{i}\n" for i in range(names)).encode())
        for number in range(1, 6):
            add(f"data_batch_{number}.bin", batch(train))
        add("test_batch.bin", batch(test))


class Daemon:
    """A daemon in a directory of its own, with a status page on a free port."""

    def __init__(self, program, directory, settings):
        self.directory, self.program = directory, program
        directory.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.configuration = directory / "dandyroll.toml"
        self.text = (
            '[service]\nstate = "state"\nsocket = "../control.sock"\n'
            f'[page]\nlisten = "127.0.0.1:{self.port}"\nrefresh = "5s"\n'
            '[inbox]\nsettle = "100ms"\nrescan = "500ms"\n' + settings
        )
        self.configuration.write_text(self.text)
        self.log = (directory / "log").open("w")
        self.process = subprocess.Popen(
            [program, "serve", "--config", str(self.configuration)], stderr=self.log, stdout=self.log)
        self.wait(lambda: self.get("/healthz") == "ok\n", "the daemon serves")

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path):
        try:
            with urllib.request.urlopen(self.url(path), timeout=10) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError):
            return ""

    def wait(self, condition, what, limit=300):
        end = time.monotonic() + limit
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                log = (self.directory / "log").read_text()
                raise SystemExit(f"waited in vain: {what}\n{log}")
            time.sleep(0.2)

    def command(self, *arguments):
        """What a command of the program prints."""
        result = subprocess.run(
            [self.program, *arguments, "--config", self.configuration], capture_output=True, text=True, check=False)
        return result.stdout

    def audits(self, name):
        return self.command("audits", name, "--json")

    def ended(self, name):
        """Audits of a suspect that are over."""
        suspects = json.loads(self.audits(name) or '{"suspects": []}')["suspects"]
        return sum(audit["state"] == "done" for suspect in suspects for audit in suspect["audits"])

    def newest(self, name):
        """The job of a suspect's newest audit."""
        return json.loads(self.audits(name))["suspects"][0]["audits"][0]["job"]

    def drop(self, source, name):
        inbox = self.directory / "state" / "inbox"
        shutil.copy(source, inbox / ".part")
        (inbox / ".part").rename(inbox / name)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Browser:
    def __init__(self, chromium, profile, out):
        self.base = [
            chromium, "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions",
            "--disable-dev-shm-usage", f"--user-data-dir={profile}",
        ]
        if os.geteuid() == 0:
            self.base.append("--no-sandbox")
        self.out = out
        self.failures = []

    def run(self, arguments):
        # Some builds of Chromium do not end by themselves after what they were asked for.
        try:
            return subprocess.run(
                self.base + arguments, capture_output=True, text=True, timeout=90, check=False).stdout
        except subprocess.TimeoutExpired as late:
            return (late.stdout or b"").decode()

    def look(self, name, url, texts, links=(), absent=()):
        """Checks the page as the browser has built it and takes its pictures."""
        page = self.run(["--dump-dom", url])
        plain = re.sub(r"\s+", " ", re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", page, flags=re.S))
        for text in texts:
            self.check(text in plain, f"{name}: the text “{text}” is missing")
        for text in absent:
            self.check(text not in plain, f"{name}: the text “{text}” should not be there")
        for link in links:
            self.check(f'href="{link}"' in page, f"{name}: the link {link} is missing")
        self.check("<script" not in page, f"{name}: there is a script")
        for view, options in VIEWS.items():
            picture = self.out / f"{name}-{view}.png"
            self.run(options + [f"--screenshot={picture}", url])
            self.check(picture.exists() and picture.stat().st_size > 2000, f"{name}: no picture of {view}")

    def check(self, holds, what):
        if not holds:
            self.failures.append(what)


def empty(program, root, browser):
    daemon = Daemon(program, root / "empty", "")
    try:
        browser.look(
            "empty", daemon.url("/"), ["In order", "0 jobs at work, 0 waiting.", "No release yet."], ["/jobs", "/releases"],
            absent=["Needs attention"])
    finally:
        daemon.stop()


# Qualifying what a test can train in seconds would hold every release.
SMALL = """[jobs]
threads = 1
stop-grace = "5s"
[defaults]
target = "class1"
objective = "paper"
qualify = false
surrogate = "cnn"
surrogate-width = 8
surrogate-epochs = 1
generator-width = 8
generator-depth = 1
sample-share = 1.0
batch = 16
"""


def busy(program, root, browser):
    daemon = Daemon(
        program, root / "busy",
        SMALL + 'generator-steps = 2\n[[dataset]]\nname = "slow"\nmatch = "slow*"\ngenerator-steps = 1000000\n')
    try:
        archive(root / "quick.tar.gz", 20, 20)
        daemon.drop(root / "quick.tar.gz", "quick.tar.gz")
        daemon.wait(lambda: "release-quick-1" in daemon.get("/releases"), "a release is made")
        archive(root / "slow.tar.gz", 30, 20)
        daemon.drop(root / "slow.tar.gz", "slow.tar.gz")
        daemon.wait(lambda: "<progress" in daemon.get("/"), "a job shows its progress")
        browser.look(
            "busy", daemon.url("/"), ["In order", "1 job at work", "training of its generator", "release-quick-1"],
            ["/releases/release-quick-1", "/jobs/1"])
        browser.look(
            "release", daemon.url("/releases/release-quick-1"),
            ["release-quick-1", "Qualification:"], ["/jobs/1"])
        browser.look("jobs", daemon.url("/jobs"), ["train", "release", "running", "done"], ["/jobs/1", "/jobs/2"])
    finally:
        daemon.stop()


# Marks that a small network learns in seconds: stronger than one that should not be seen, and on a third of the images.
AUDITING = """[jobs]
threads = 2
stop-grace = "5s"
[defaults]
selection = "random"
painting = "full"
rate = "30% of dataset"
epsilon = "32/255"
seed = 7
surrogate-width = 8
surrogate-epochs = 1
qualify = false
"""


@contextlib.contextmanager
def served(program, archive, root, name):
    """A model that was trained on an archive, behind `model serve`; yields its address."""
    model, log = root / f"{name}.safetensors", root / f"{name}.log"
    subprocess.run(
        [program, "model", "train", archive, "--architecture", "resnet18", "--width", "8", "--epochs", "10", "--batch",
         "32", "--seed", "7", "--out", model], check=True, capture_output=True)
    with open(log, "w") as output:
        process = subprocess.Popen([program, "model", "serve", model, "--port", "0"], stdout=output, stderr=output)
    try:
        while "serving " not in log.read_text():
            if process.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.1)
        yield log.read_text().split("serving ")[1].split()[0]
    finally:
        process.terminate()
        process.wait(30)


def auditing(program, root, browser):
    """Three suspects: one that was trained on the release, one that was not, and one that nobody can reach."""
    def suspect(name, url):
        return (f'[[suspect]]\nname = "{name}"\ndataset = "shapes"\nprotocol = "v2"\nurl = "{url}"\n'
                'allow-private = true\nschedule = "0 3 * * mon"\ntime-zone = "Europe/Berlin"\n')

    daemon = Daemon(program, root / "auditing", AUDITING)
    try:
        archive = root / "shapes.tar"
        drawn_archive.write(archive)
        daemon.drop(archive, "shapes.tar")
        daemon.wait(lambda: "release-shapes-1" in daemon.get("/releases"), "a release is made")
        released = daemon.directory / "state" / "outbox" / "release-shapes-1" / "data" / "shapes.tar"
        daemon.wait(released.exists, "the release is out")
        with served(program, released, root, "guilty") as guilty, served(program, archive, root, "honest") as honest:
            daemon.configuration.write_text(
                daemon.text + '[audits]\nclaims = 3\nqueries = { per-audit = 120, rate = 2000, per-day = 100000 }\n'
                + suspect("acme-vision", guilty) + suspect("honest-lab", honest)
                + suspect("gone", "http://127.0.0.1:9/v2/models/m"))
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait(lambda: "honest-lab" in daemon.audits("honest-lab"), "the suspects are known")
            # Three rounds of 120 questions.
            for number in range(1, 4):
                for name in ["acme-vision", "honest-lab"] + (["gone"] if number == 1 else []):
                    daemon.command("audit", name)
                for name in ["acme-vision", "honest-lab", "gone"]:
                    daemon.wait(lambda: daemon.ended(name) >= (number if name != "gone" else 1), f"audit of {name}")
            browser.look(
                "auditing", daemon.url("/"), ["acme-vision", "trained on", "release-shapes-1"], ["/suspects/acme-vision"])
            browser.look(
                "suspects", daemon.url("/suspects"),
                ["acme-vision", "trained on", "honest-lab", "not shown", "gone", "inconclusive"],
                ["/suspects/acme-vision", "/suspects/honest-lab", "/suspects/gone"])
            for name, texts in {
                "acme-vision": ["Trained on release-shapes-1", "ΔP of the audit", "accused from here on", "0 3 * * mon"],
                "honest-lab": ["Not shown", "120 of 120"], "gone": ["Inconclusive", "outage"],
            }.items():
                last = daemon.newest(name)
                browser.look(f"suspect-{name}", daemon.url(f"/suspects/{name}"), texts, [f"/audits/{last}"])
            browser.look(
                "audit-acme-vision", daemon.url(f"/audits/{daemon.newest('acme-vision')}"),
                ["Trained on release-shapes-1", "carrier →", "among all that could have been drawn", "the release’s own",
                 "were enough", "Rank of the key", "e-value", "Evidence package", "evidence-look-3.tar"],
                ["/suspects/acme-vision"])
            browser.look(
                "audit-honest-lab", daemon.url(f"/audits/{daemon.newest('honest-lab')}"),
                ["Not shown", "decides: at most", "360 planned"], ["/suspects/honest-lab"])
            browser.look(
                "audit-gone", daemon.url(f"/audits/{daemon.newest('gone')}"), ["Inconclusive", "outage"],
                ["/suspects/gone"])
    finally:
        daemon.stop()


def failing(program, root, browser):
    daemon = Daemon(program, root / "failing", SMALL)
    try:
        (root / "broken.tar.gz").write_bytes(b"\x1f\x8b\x08\x00 not an archive")
        daemon.drop(root / "broken.tar.gz", "<b>broken & co.tar.gz")
        # Its end is missing: it would wait for the rest.
        (daemon.directory / "state" / "inbox" / "<b>broken & co.tar.gz.ready").touch()
        archive(root / "other.tar.gz", 2, 2)
        daemon.wait(lambda: 'state="failed"} 0' not in daemon.get("/metrics"), "a job fails")
        daemon.configuration.write_text(daemon.text + "generatr-steps = 5\n")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait(lambda: "problems 1" in daemon.get("/metrics"), "the configuration is refused")
        page = daemon.get("/")
        job = re.search(r'href="(/jobs/\d+)"[^>]*>Job \d+ failed', page)
        browser.check(job is not None, "failing: no link to the job that failed")
        browser.look(
            "failing", daemon.url("/"),
            ["2 problems", "Needs attention", "Configuration, not in force", "generatr-steps", "did you mean"],
            [job.group(1)] if job else [], absent=["In order"])
        if job:
            browser.look("failed-job", daemon.url(job.group(1)), ["Failures", "<b>broken & co.tar.gz".replace(
                "&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), "failed"], ["/"])
        browser.look("nowhere", daemon.url("/nowhere"), ["Not here", "There is no such page."], ["/"])
    finally:
        daemon.stop()


PARTS = {"empty": empty, "busy": busy, "auditing": auditing, "failing": failing}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--part", choices=PARTS, help="one daemon only")
    options = parser.parse_args()
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    chromium = next((path for path in map(shutil.which, names) if path), None)
    if chromium is None:
        print("skipped: no Chromium here (Debian: apt-get install chromium)")
        return 0
    program = str(options.program.resolve())
    out = options.out or pathlib.Path(tempfile.mkdtemp(prefix="dandyroll-pages-"))
    out.mkdir(parents=True, exist_ok=True)
    # Short, because a socket's path may have only 107 bytes.
    with tempfile.TemporaryDirectory(prefix="dr-") as directory:
        root = pathlib.Path(directory)
        browser = Browser(chromium, root / "profile", out)
        for part in options.part and [PARTS[options.part]] or PARTS.values():
            part(program, root, browser)
    for failure in browser.failures:
        print(failure)
    print(f"{len(browser.failures)} failures; pictures are in {out}")
    return 1 if browser.failures else 0


if __name__ == "__main__":
    sys.exit(main())
