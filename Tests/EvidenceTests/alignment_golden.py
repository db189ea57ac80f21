"""Writes AlignmentGoldens.swift: what scipy and mpmath give for cosines on spheres, Fisher's method and least squares.

Run: pip install scipy==1.17.1 mpmath==1.4.1 numpy; python3 alignment_golden.py > AlignmentGoldens.swift;
swift format -i AlignmentGoldens.swift
Tails that a double cannot hold come from mpmath with 400 digits; least squares from scipy.linalg.lstsq.
"""
import mpmath as mp
import numpy as np
from scipy import linalg, stats

mp.mp.dps = 400
rng = np.random.default_rng(20261201)


def log_tail(c, d):
    c = mp.mpf(c)
    half = mp.betainc(mp.mpf(d - 1) / 2, mp.mpf(1) / 2, 0, 1 - c * c, regularized=True) / 2
    return float(mp.log(half if c >= 0 else 1 - half))


def log_fisher(logs):
    total = -mp.fsum(mp.mpf(v) for v in logs)
    return float(mp.log(mp.gammainc(len(logs), total, mp.inf, regularized=True)))


def numbers(values):
    lines, line = [], ""
    for v in np.asarray(values).ravel():
        text = repr(float(v))
        if len(line) + len(text) > 100:
            lines.append(line.rstrip())
            line = ""
        line += text + ", "
    return "[\n      " + "\n      ".join(lines + [line.rstrip()]) + "\n    ]"


print("// Written by alignment_golden.py with scipy 1.17.1 and mpmath 1.4.1, seed 20261201. Do not edit.\n")
print("enum AlignmentGoldens {")
print("  /// The cosine of a direction that is uniform on the sphere: c, d, ln P(C >= c).")
print("  static let cosines: [(cosine: Double, dimensions: Int, ln: Double)] = [")
for c, d in [(0, 2), (0, 512), (0.5, 2), (-0.5, 2), (0.1, 128), (-0.1, 128), (0.3, 128), (0.02, 4096), (0.9, 3),
             (0.6, 512), (0.8, 1024), (0.93, 512), (0.999, 512), (-0.4, 512), (1e-9, 64), (0.25, 10)]:
    print(f"    ({float(c)!r}, {d}, {log_tail(c, d)!r}),")
print("  ]\n")

print("  /// Fisher's method: ln p of each, ln p of all.")
print("  static let fisher: [(logs: [Double], ln: Double)] = [")
for logs in [[-0.3], [-0.1, -2.5, -0.7], [-0.01] * 10, [-5.0] * 10, [-700.0, -1.0, -0.2], [-3.0] * 100, [-900.0] * 3]:
    print(f"    ({logs!r}, {log_fisher(logs)!r}),")
print("  ]\n")
small = [0.04, 0.3, 0.7]
assert abs(log_fisher(np.log(small)) - np.log(stats.combine_pvalues(small).pvalue)) < 1e-12

print("  /// Least squares: rows, A, B, X. The second has a dead and a repeated column, the third fewer rows than columns.")
print("  static let fits: [(rows: Int, a: [Float], b: [Float], x: [Double])] = [")
for kind, (n, p, q) in enumerate([(12, 4, 3), (12, 5, 2), (3, 5, 2)]):
    a = np.maximum(np.round(rng.normal(size=(n, p)), 3), -0.2).astype(np.float32)
    b = np.round(rng.normal(size=(n, q)), 3).astype(np.float32)
    if kind == 1:
        a[:, 1] = 0
        a[:, 3] = a[:, 0]
    x = linalg.lstsq(a.astype(float), b.astype(float))[0]
    print(f"    ({n},\n    {numbers(a)},\n    {numbers(b)},\n    {numbers(x)}),")
print("  ]\n}")
