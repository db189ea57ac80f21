"""Writes StatisticsGoldens.swift: what scipy and mpmath give for fixed samples.

Run: pip install scipy==1.17.1 mpmath==1.3.0; python3 statistics_golden.py > StatisticsGoldens.swift;
swift format -i StatisticsGoldens.swift
Tails that a double cannot hold come from mpmath with 60 digits; everything else from scipy.
"""
import mpmath as mp
import numpy as np
from scipy import stats

mp.mp.dps = 60
rng = np.random.default_rng(20261121)


def rounded(values, digits=6):
    return [float(round(v, digits)) for v in values]


def number(value):
    return repr(float(value))


def numbers(values):
    lines, line = [], ""
    for text in (number(v) for v in values):
        if len(line) + len(text) > 100:
            lines.append(line.rstrip())
            line = ""
        line += text + ", "
    return "[\n      " + "\n      ".join(lines + [line.rstrip()]) + "\n    ]"


def t_log_tail(t, df):
    """ln P(T > t) by the incomplete beta function with 60 digits."""
    t, df = mp.mpf(t), mp.mpf(df)
    x = df / (df + t * t)
    half = mp.betainc(df / 2, mp.mpf(1) / 2, 0, x, regularized=True) / 2
    return mp.log(half if t >= 0 else 1 - half)


print("// Written by statistics_golden.py with scipy 1.17.1 and mpmath 1.3.0, seed 20261121. Do not edit.\n")
print("enum StatisticsGoldens {")

print("  /// Student's t: t, degrees of freedom, ln P(T > t).")
print("  static let t: [(t: Double, freedom: Double, ln: Double)] = [")
for t, df in [(0, 5), (0.5, 1), (-0.5, 1), (1.3, 2), (-3, 7), (12.7, 1), (1e-9, 30), (2.5, 1e6), (40, 899), (70, 399),
              (150, 1999), (1e6, 9), (1e200, 3), (-40, 50), (6, 1e5)]:
    print(f"    ({number(t)}, {number(df)}, {number(t_log_tail(t, df))}),")
print("  ]\n")

print("  /// The normal upper tail: z, ln P(Z > z).")
print("  static let normal: [(z: Double, ln: Double)] = [")
for z in [-40, -8, -1, 0, 0.3, 1, 3, 5, 9.99, 10.01, 20, 37, 40, 100, 1e4]:
    print(f"    ({number(z)}, {number(mp.log(mp.ncdf(-mp.mpf(z))))}),")
print("  ]\n")

print("  /// The binomial upper tail: count, trials, chance, ln P(X >= count).")
print("  static let binomial: [(count: Int, trials: Int, chance: Double, ln: Double)] = [")
for k, n, q in [(0, 10, 0.5), (1, 1, 0.5), (2, 2, 0.5), (5, 10, 0.5), (10, 10, 0.5), (60, 100, 0.5), (3, 900, 0.1),
                (90, 900, 0.1), (200, 900, 0.1), (1000, 1000, 0.5), (2000, 2100, 0.5), (5100, 10000, 0.5)]:
    q = mp.mpf(q)
    tail = mp.fsum(mp.binomial(n, i) * q**i * (1 - q) ** (n - i) for i in range(k, n + 1))
    print(f"    ({k}, {n}, {number(q)}, {number(mp.log(tail))}),")
print("  ]\n")

samples = {
    "two": [0.3, 0.41],
    "small": rounded(rng.normal(0.3, 0.2, 9)),
    "innocent": rounded(rng.normal(0.01, 0.05, 40)),
    "ties": [0.1, 0.1, 0.2, -0.1, 0.2, 0.3, 0.0, 0.0, 0.3, -0.2, 0.5, 0.1],
    "sixty": rounded(rng.normal(0.05, 0.3, 60)),
    "large with ties": rounded(rng.normal(0.1, 0.3, 150), 1),
    "convicting": rounded(np.clip(rng.normal(0.88, 0.15, 300), -1, 1)),
}
print("  /// Paired differences: t with margin; W+ and its p-value against 0; positives, negatives and the sign test's p.")
print("  struct Paired {")
print("    let name: String, differences: [Double], margin: Double, t: Double, lnT: Double")
print("    let signedRank: Double, exact: Bool, pSignedRank: Double, positive: Int, negative: Int, pSign: Double")
print("  }")
print("  static let paired: [Paired] = [")
for name, d in samples.items():
    margin = 0.0 if name in ("two", "innocent") else 0.25
    d = np.array(d)
    r = stats.ttest_1samp(d, margin, alternative="greater")
    nonzero = d[d != 0]
    exact = len(nonzero) <= 50
    ranks = stats.rankdata(np.abs(nonzero))
    w = float(ranks[nonzero > 0].sum())
    if exact and len(set(np.abs(nonzero))) < len(nonzero):
        s = stats.wilcoxon(d, alternative="greater", method=stats.PermutationMethod(n_resamples=10**6))
    else:
        s = stats.wilcoxon(d, alternative="greater", correction=False, method="exact" if exact else "asymptotic")
    pos, neg = int((d > 0).sum()), int((d < 0).sum())
    sign = stats.binomtest(pos, pos + neg, 0.5, alternative="greater").pvalue
    print(f'    Paired(\n      name: "{name}", differences: {numbers(d)}, margin: {margin}, t: {number(r.statistic)},'
          f"\n      lnT: {number(t_log_tail(r.statistic, len(d) - 1))}, signedRank: {number(w)}, exact: {str(exact).lower()},"
          f"\n      pSignedRank: {number(s.pvalue)}, positive: {pos}, negative: {neg}, pSign: {number(sign)}),")
print("  ]")
print("}")
