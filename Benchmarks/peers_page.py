"""The section of README.md that bench_peers.py writes: from rows to Markdown."""

import os
import pathlib
import platform
import statistics

BEGIN, END = "<!-- bench-peers: begin -->", "<!-- bench-peers: end -->"
PROGRAMS = {"torch_cpu.py": "pytorch", "onnxruntime_cpu.py": "onnxruntime", "openvino_cpu.py": "openvino"}
NAMES = dict(pytorch="PyTorch", onnxruntime="ONNX Runtime", openvino="OpenVINO")

INFERENCE = [
    f"inference/unet/w{width}/d3/3x{size}x{size}/batch64" for size in (32, 64, 224) for width in (32, 64)]
TRAINING = [
    "training/resnet18/w16/3x32x32/batch128", "training/resnet18/w64/3x32x32/batch128",
    "generator/w32/d3/resnet18/w16/3x32x32/batch64", "generator/w32/d3/resnet18/w64/3x32x32/batch64"]
BATCHES = [f"inference/unet/w32/d3/3x32x32/batch{batch}" for batch in (1, 4, 16, 64, 256)]
THREADS = [INFERENCE[0], TRAINING[0], TRAINING[2]]
# The goals: least ratios of speed over each peer.
GOALS = dict(
    inference=dict(pytorch=1.5, onnxruntime=1.2, openvino=1.2), training=dict(pytorch=2), generator=dict(pytorch=2))


class Results:
    """Medians over rounds and ratios within rounds."""

    def __init__(self, rows):
        self.rows = [row for row in rows if "error" not in row]
        self.errors = [row for row in rows if "error" in row]

    def of(self, case, threads, program, setting=None):
        return [
            row for row in self.rows if row["name"] == case and row["threads"] == threads
            and row["program"] == program and setting in (None, row["setting"])]

    def settings(self, case, threads, program):
        return sorted({row["setting"] for row in self.of(case, threads, program)})

    def best(self, case, threads, program):
        """The program's fastest setting by the median over the rounds, and that median; None if it did not run."""
        medians = [
            (statistics.median(row["median"] for row in self.of(case, threads, program, setting)), setting)
            for setting in self.settings(case, threads, program)]
        return max(medians, default=None)

    def memory(self, case, threads, program):
        """The smallest of the settings' median peaks, bytes."""
        return min((
            statistics.median(row["peakResidentBytes"] for row in self.of(case, threads, program, setting))
            for setting in self.settings(case, threads, program)), default=None)

    def ratio(self, case, threads, program):
        """The median over rounds of our speed over the best of the program's settings in the same round."""
        ratios = []
        for ours in self.of(case, threads, "dandyroll"):
            theirs = [row for row in self.of(case, threads, program) if row["round"] == ours["round"]]
            for row in theirs:
                if row["parameters"] != ours["parameters"]:
                    raise SystemExit(f"{case}: {row['parameters']} parameters there, {ours['parameters']} here")
            if theirs:
                ratios.append(ours["median"] / max(row["median"] for row in theirs))
        return statistics.median(ratios) if ratios else None


def number(value, digits=3):
    if value is None:
        return "–"
    return f"{value:.{max(0, digits - len(str(int(abs(value)))))}f}"


def table(header, lines):
    rows = [header, ["---"] * len(header)] + lines
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def measured(results, cases, threads):
    return [case for case in cases if results.of(case, threads, "dandyroll")]


def compared(results, cpus):
    """The cases of the goals, and whatever else was asked for."""
    known = INFERENCE + TRAINING
    further = sorted({row["name"] for row in results.rows} - set(known) - set(BATCHES))
    return measured(results, known + further, cpus)


def speed(results, cpus):
    lines = []
    for case in compared(results, cpus):
        line = [f"`{case}`", number(results.best(case, cpus, "dandyroll")[0])]
        for program in NAMES:
            best = results.best(case, cpus, program)
            if best is None:
                line += ["–", "–"]
                continue
            ratio = results.ratio(case, cpus, program)
            goal = GOALS[case.split("/")[0]][program]
            missed = "" if ratio >= goal else f" of {goal}"
            line += [f"{number(best[0])} ({best[1]})", f"**{number(ratio)}**{missed}"]
        lines.append(line)
    header = ["case, images/s", "ours"]
    for name in NAMES.values():
        header += [name, "ratio"]
    return table(header, lines)


def memory(results, cpus):
    lines = []
    for case in compared(results, cpus):
        ours = results.memory(case, cpus, "dandyroll")
        line = [f"`{case}`", number(ours / 1e6)]
        for program in NAMES:
            theirs = results.memory(case, cpus, program)
            line.append("–" if theirs is None else f"{number(theirs / 1e6)} ({number(ours / theirs, 2)})")
        lines.append(line)
    return table(["peak resident, MB (ours ÷ theirs)", "ours", *NAMES.values()], lines)


def batches(results, cpus):
    lines = []
    for case in measured(results, BATCHES, cpus):
        line = [case.rsplit("/batch", 1)[1], number(1e6 / results.best(case, cpus, "dandyroll")[0])]
        for program in NAMES:
            best = results.best(case, cpus, program)
            line += ["–" if best is None else number(1e6 / best[0]), number(results.ratio(case, cpus, program))]
        lines.append(line)
    header = ["images a batch, µs an image", "ours"]
    for name in NAMES.values():
        header += [name, "ratio"]
    return table(header, lines)


def threads(results, cpus):
    lines = []
    for case in THREADS:
        alone = {program: results.best(case, 1, program) for program in ("dandyroll", *NAMES)}
        for count in range(1, cpus + 1):
            if not results.of(case, count, "dandyroll"):
                continue
            line = [f"`{case}`", str(count)]
            for program in ("dandyroll", *NAMES):
                best = results.best(case, count, program)
                share = best and alone[program] and best[0] / (count * alone[program][0])
                line.append("–" if best is None else number(best[0]) + (f" ({share:.0%})" if share else ""))
            lines.append(line)
    return table(["images/s (of n times one thread's)", "threads", "ours", *NAMES.values()], lines)


def settings(results):
    lines = []
    for case, count, program, setting in sorted({
            (row["name"], row["threads"], row["program"], row["setting"]) for row in results.rows}):
        rows = results.of(case, count, program, setting)
        rates = [row["median"] for row in rows]
        lines.append([
            f"`{case}`", str(count), program, setting, number(statistics.median(rates)), number(min(rates)),
            number(max(rates)), number(statistics.median(row["peakResidentBytes"] for row in rows) / 1e6)])
    return table(["case", "threads", "program", "setting", "median", "least", "most", "peak MB"], lines)


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def section(rows, cpus, date):
    results = Results(rows)
    versions = sorted({(row["program"], row["version"]) for row in results.rows})
    kernels = sorted({row["setting"] for row in results.rows if row["program"] == "dandyroll"})
    if not results.rows:
        raise SystemExit("nothing was measured")
    rounds = 1 + max(row["round"] for row in results.rows)
    loads = [row["load"] for row in results.rows]
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    parts = [
        BEGIN,
        f"## Beside the peers ({date})",
        f"{processor()}, {cpus} threads, {memory_bytes / 2**30:.0f} GiB, {platform.system()} {platform.release()}; "
        f"kernels {', '.join(kernels)}; {', '.join(f'{program} {version}' for program, version in versions)}; "
        f"Python {platform.python_version()}; {rounds} rounds, ours and theirs in turn. Load before a measurement: "
        f"median {number(statistics.median(loads))}, most {number(max(loads))}; on a quiet machine it stays below {cpus + 1}.",
        "Figures are medians over the rounds. A ratio is ours over the best of that peer's settings in the same round, "
        "then the median; above 1 ours is faster. “of 2” behind a ratio is a goal that it misses.",
        speed(results, cpus),
        "Peak memory is the whole process's (`VmHWM`), with the interpreter and the libraries; of a peer it is that of "
        "its most frugal setting.",
        memory(results, cpus)]
    if measured(results, BATCHES, cpus):
        parts += [
            "Cost of an image as the batch grows (U-Net of width 32, depth 3, 32×32, all threads):",
            batches(results, cpus)]
    if measured(results, THREADS, 1):
        parts += ["As threads are added:", threads(results, cpus)]
    if results.errors:
        failures = sorted({
            (row["name"], row["program"], row.get("setting", ""), row["error"]) for row in results.errors})
        parts += ["Did not run:", "\n".join(f"- `{n}`, {p} {s}: {e}" for n, p, s, e in failures)]
    parts += ["<details><summary>Every setting</summary>", settings(results), "</details>", END]
    return "\n\n".join(parts)


def replace(path, section):
    """Puts the section where the markers are, or at the page's end, and keeps the rest of the page."""
    page = path.read_text()
    if BEGIN in page and END in page:
        before, rest = page.split(BEGIN, 1)
        page = before + section + rest.split(END, 1)[1]
    else:
        page = page.rstrip("\n") + "\n\n" + section + "\n"
    partial = path.with_name(path.name + ".partial")
    partial.write_text(page)
    partial.replace(path)
