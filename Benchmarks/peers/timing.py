"""How every peer measures, and the row that it prints: the keys are those of `dandyroll bench --json`."""

import argparse
import json
import os
import statistics
import time

import cases

REPEATS = 5


def arguments(description, settings):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", type=cases.parse, help="a name as in cases.py")
    parser.add_argument("--setting", choices=settings, default=settings[0])
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=float, default=2, help="of measuring, warm-up apart")
    return parser


def measure(run, seconds):
    """Rates in runs a second: as many repeats as fit, from one to REPEATS, each of many runs if they are short.

    Before that at least two runs, and a quarter of the time, pass unmeasured.
    """
    once, warm_up = [], time.perf_counter()
    while len(once) < 2 or time.perf_counter() - warm_up < seconds / 4:
        start = time.perf_counter()
        run()
        once.append(time.perf_counter() - start)
    repeats = max(1, min(REPEATS, int(seconds / min(once))))
    rates = []
    for _ in range(repeats):
        count, start = 0, time.perf_counter()
        while count == 0 or time.perf_counter() - start < seconds / repeats:
            run()
            count += 1
        rates.append(count / (time.perf_counter() - start))
    return rates


def peak_resident_bytes():
    """VmHWM: the most memory that this process ever held at a time, the interpreter and the libraries included."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise SystemExit("no VmHWM in /proc/self/status")


def report(case, program, version, setting, threads, rates, parameters):
    images = [rate * case.batch for rate in rates]
    print(json.dumps(dict(
        name=case.name, program=program, version=version, setting=setting, threads=threads, unit="images/s",
        median=round(statistics.median(images), 3), best=round(max(images), 3), repeats=len(images),
        parameters=parameters, peakResidentBytes=peak_resident_bytes())), flush=True)
