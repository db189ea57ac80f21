"""Writes StatisticsGoldens.swift: what scipy and mpmath give for fixed samples.

Run: pip install scipy==1.17.1 mpmath==1.3.0; python3 statistics_golden.py > StatisticsGoldens.swift;
swift format -i StatisticsGoldens.swift
Tails that a double cannot hold come from mpmath with 60 digits; everything else from scipy.
"""
import math
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
print("  ]\n")

print("  /// One-sample Kolmogorov-Smirnov, uniform: values, D, p.")
print("  static let uniform: [(values: [Double], distance: Double, p: Double)] = [")
for values in ([0.4], [0.02, 0.97, 0.5], rounded(rng.uniform(size=40)), rounded(rng.beta(2, 1, 60)),
               rounded(rng.beta(6, 1, 80)), [i / 200 for i in range(1, 201)]):
    r = stats.kstest(values, "uniform", method="exact")
    print(f"    ({numbers(values)}, {number(r.statistic)}, {number(r.pvalue)}),")
print("  ]\n")

def kolmogorov_tail(n, d):
    """P(D >= d). Where scipy approximates (many values, small distance), Durbin's matrix with 60 digits."""
    if n * d * d >= 4 or n <= 140:
        return stats.kstwo.sf(d, n)
    d = mp.mpf(str(d))
    k = int(n * d) + 1
    m, h = 2 * k - 1, k - n * d
    H = [[mp.mpf(1 if i - j + 1 >= 0 else 0) for j in range(m)] for i in range(m)]
    for i in range(m):
        H[i][0] -= h ** (i + 1)
        H[m - 1][i] -= h ** (m - i)
    H[m - 1][0] += (2 * h - 1) ** m if 2 * h > 1 else 0
    H = [[H[i][j] / mp.factorial(max(0, i - j + 1)) for j in range(m)] for i in range(m)]
    row = [mp.mpf(j == k - 1) for j in range(m)]
    for step in range(1, n + 1):
        row = [mp.fsum(row[i] * H[i][j] for i in range(max(0, j - 1), m)) * step / n for j in range(m)]
    return 1 - row[k - 1]


print("  /// Kolmogorov's distribution: n, D, P(D >= d).")
print("  static let kolmogorov: [(count: Int, distance: Double, p: Double)] = [")
for n, d in [(1, 0.6), (2, 0.3), (5, 0.2), (10, 0.1), (10, 0.9), (40, 0.15), (100, 0.05), (100, 0.2), (100, 0.21),
             (1000, 0.02), (1000, 0.06), (1000, 0.3)]:
    print(f"    ({n}, {d}, {number(kolmogorov_tail(n, d))}),")
print("  ]\n")

print("  /// Two-sample Kolmogorov-Smirnov: both samples, D, p.")
print("  static let twoSamples: [(first: [Double], second: [Double], distance: Double, p: Double)] = [")
for a, b in (([1, 2], [3]), (rounded(rng.normal(size=12)), rounded(rng.normal(size=9))),
             (rounded(rng.normal(size=30)), rounded(rng.normal(1.5, 1, 40))), ([1, 2, 2, 3, 4], [2, 3, 3, 5, 6, 7]),
             (rounded(rng.normal(size=50)), rounded(rng.normal(8, 1, 50)))):
    r = stats.ks_2samp(a, b, method="exact")
    print(f"    (\n      {numbers(a)},\n      {numbers(b)}, {number(r.statistic)}, {number(r.pvalue)}),")
print("  ]\n")

print("  /// Combining: ln p, then ln of Fisher's and of Stouffer's p.")
print("  static let combined: [(ln: [Double], fisher: Double, stouffer: Double)] = [")
for logs in ([math.log(0.03)], [math.log(v) for v in (0.05, 0.2, 0.7)], [math.log(v) for v in (0.9, 0.99, 0.8)],
             [-700.0, -2.0, -0.1], [-3000.0, -2500.0, -1.0, -0.5]):
    x = -mp.fsum(logs)
    fisher = mp.log(mp.gammainc(len(logs), x, mp.inf, regularized=True))
    # The quantile from ln Q(z) by bisection with 60 digits.
    def quantile(lp):
        low, high = mp.mpf(-200), mp.mpf(200)
        for _ in range(200):
            mid = (low + high) / 2
            low, high = (mid, high) if mp.log(mp.ncdf(-mid)) > lp else (low, mid)
        return low
    z = mp.fsum(quantile(mp.mpf(v)) for v in logs) / mp.sqrt(len(logs))
    stouffer = mp.log(mp.ncdf(-z))
    if min(logs) > -600:
        p = np.exp(logs)
        assert abs(stats.combine_pvalues(p, method="fisher").pvalue / float(mp.e**fisher) - 1) < 1e-12
        assert abs(stats.combine_pvalues(p, method="stouffer").pvalue / float(mp.e**stouffer) - 1) < 1e-10
    print(f"    ({numbers(logs)}, {number(fisher)}, {number(stouffer)}),")
print("  ]\n")

print("  /// The mixture bet on coins: won, lost, ln e = ln of 2 * integral of (2q)^w (2(1-q))^l over q in (1/2, 1).")
print("  static let coins: [(won: Int, lost: Int, ln: Double)] = [")
for w, l in [(0, 0), (1, 0), (0, 1), (10, 10), (60, 40), (40, 60), (900, 100), (3000, 0)]:
    tail = mp.betainc(w + 1, l + 1, mp.mpf(1) / 2, 1)
    print(f"    ({w}, {l}, {number(mp.log(mp.mpf(2) ** (w + l + 1) * tail))}),")
print("  ]")
print("}")
