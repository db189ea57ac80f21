"""Dandyroll and its peers in turn on this machine; medians and ratios go into README.md between two marker comments.

Usage: bench_peers.py DANDYROLL [--rounds 3] [--seconds 2] [--only TEXT] [--case NAME] [--threads N] [--rows FILE]
                      [--without compile] [--no-write]
Run it with a Python that has torch, onnx, onnxscript, onnxruntime and openvino; a peer that fails is left out, and the
page says so. Every measurement is a process of its own. In each round ours comes first, then every peer in every
setting. --rows keeps the rows in a file, one JSON object a line; what is already there is not measured again, so a stopped run
goes on.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import peers_page

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
TORCH = [("torch_cpu.py", setting) for setting in ("eager", "channels-last", "compile", "compile-channels-last")]
EXPORTED = [("onnxruntime_cpu.py", "default"), ("openvino_cpu.py", "latency"), ("openvino_cpu.py", "throughput")]
# Compiling can take minutes on a slow machine.
PEER_SECONDS = 1800


def work(cpus, further):
    """All measurements of a round as (case, threads)."""
    for case in peers_page.INFERENCE + peers_page.TRAINING + further + peers_page.BATCHES:
        yield case, cpus
    for case in peers_page.THREADS:
        for threads in range(1, cpus):
            yield case, threads


class Rows:
    """Every row that was measured, in memory and, if there is a path, in a file."""

    def __init__(self, path):
        self.path = path
        self.all = []
        if path and os.path.exists(path):
            with open(path) as file:
                rows = [json.loads(line) for line in file if line.strip()]
            # What failed is tried again.
            self.all = [row for row in rows if "error" not in row]

    def add(self, row):
        print(json.dumps(row), flush=True)
        self.all.append(row)
        if self.path:
            with open(self.path, "a") as file:
                file.write(json.dumps(row) + "\n")

    def has(self, key):
        return any(all(row.get(name) == value for name, value in key.items()) for row in self.all)


def measure(rows, key, command):
    """Runs a command that prints one JSON row, unless that row is known; a failure becomes a row with an `error`.

    Returns whether there is a row without one.
    """
    if rows.has(key):
        return True
    # The last minute's load, our own included: a machine with other work shows in it.
    load = round(os.getloadavg()[0], 2)
    # What OpenMP's threads do while they wait is the peer's own default: nothing is set here.
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PEER_SECONDS)
        found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        found = [row for row in found if row["name"] == key["name"]]
        row = found[0] if done.returncode == 0 and found else dict(
            error=(done.stderr.strip().splitlines() or ["no output"])[-1][:200])
    except subprocess.TimeoutExpired:
        row = dict(error=f"took longer than {PEER_SECONDS} s")
    # What was asked for goes last: it is what `has` looks for.
    rows.add({**row, "load": load, "measured": time.strftime("%Y-%m-%dT%H:%M:%S"), **key})
    return "error" not in row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dandyroll")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of measuring, each time")
    parser.add_argument("--only", default="", help="cases whose name contains this text")
    parser.add_argument("--case", action="append", default=[], help="a further case, such as training/vgg16/…")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="what “all” means")
    parser.add_argument("--rows", help="a file that keeps the rows")
    parser.add_argument("--without", action="append", default=[], help="leave out peers with this in file or setting")
    parser.add_argument("--no-write", action="store_true", help="print the section instead of writing it to README.md")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds <= 0 or options.threads < 1:
        parser.error("--rounds and --threads are at least 1, --seconds is positive")

    rows = Rows(options.rows)
    failed = set()
    for round in range(options.rounds):
        done = set()
        for case, threads in work(options.threads, options.case):
            if options.only not in case or (case, threads) in done:
                continue
            done.add((case, threads))
            fixed = ["--threads", str(threads), "--seconds", str(options.seconds)]
            key = dict(name=case, threads=threads, round=round)
            ours = [options.dandyroll, "bench", "--only", case, "--json", *fixed]
            measure(rows, dict(key, program="dandyroll"), ours)
            for script, setting in TORCH + EXPORTED if case.startswith("inference/") else TORCH:
                if any(text in script or text in setting for text in options.without):
                    continue
                program = peers_page.PROGRAMS[script]
                # What failed once, such as a compiler that is not there, is not tried again.
                if (program, setting, case) in failed:
                    continue
                theirs = [sys.executable, str(PEERS / script), case, "--setting", setting, *fixed]
                if not measure(rows, dict(key, program=program, setting=setting), theirs):
                    failed.add((program, setting, case))

    section = peers_page.section(rows.all, cpus=options.threads, date=time.strftime("%Y-%m-%d"))
    if options.no_write:
        print(section)
    else:
        peers_page.replace(PEERS.parent / "README.md", section)


if __name__ == "__main__":
    main()
