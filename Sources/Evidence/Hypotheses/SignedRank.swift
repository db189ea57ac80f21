import Glibc

/// Wilcoxon's signed-rank test, one-sided: H0: P_w − P_b − τ is symmetric about 0 or lies below.
///
/// Zeros are left out and ties get mean ranks (Wilcoxon's own rules). Up to 50 non-zero differences the distribution of W₊
/// is exact, ties included: it is counted over all 2ⁿ choices of signs for the ranks as they are. Beyond, the normal
/// approximation with the variance corrected for ties and without a continuity correction, as scipy does by default.
/// - Source: METHODS §1; Wilcoxon 1945; Lehmann, "Nonparametrics", §3.2
package struct SignedRank: Sendable, Equatable {
  package enum Method: String, Sendable { case exact, normal }

  /// Non-zero differences.
  package let count: Int
  /// W₊, the sum of the ranks of the positive differences.
  package let statistic: Double
  package let method: Method
  package let p: PValue

  static let exactLimit = 50

  /// - Throws: `tooFew` for none, `notFinite`, `noDifference`.
  package init(_ differences: [Double], margin: Double = 0) throws(EvidenceError) {
    try PairedT.requireFinite(differences)
    guard !differences.isEmpty else { throw .tooFew(what: "pairs", count: 0, least: 1) }
    let values = differences.map { $0 - margin }.filter { $0 != 0 }.sorted { abs($0) < abs($1) }
    guard !values.isEmpty else { throw .noDifference(count: differences.count) }

    // Ranks doubled, so that mean ranks are whole numbers.
    var doubled: [Int] = []
    var positive = 0
    var tieTerm = 0.0
    while doubled.count < values.count {
      let start = doubled.count
      var end = start + 1
      while end < values.count, abs(values[end]) == abs(values[start]) { end += 1 }
      let ties = Double(end - start)
      tieTerm += ties * ties * ties - ties
      for index in start..<end {
        doubled.append(start + 1 + end)
        if values[index] > 0 { positive += start + 1 + end }
      }
    }
    count = values.count
    statistic = Double(positive) / 2
    if count <= Self.exactLimit {
      method = .exact
      p = PValue(ln: Self.exactLogTail(positive, ranks: doubled))
    } else {
      method = .normal
      let n = Double(count)
      let mean = n * (n + 1) / 4
      let variance = n * (n + 1) * (2 * n + 1) / 24 - tieTerm / 48
      p = PValue(ln: StandardNormal.logUpperTail((statistic - mean) / variance.squareRoot()))
    }
  }

  /// ln of the share of the 2ⁿ sign choices whose positive ranks sum to `least` or more.
  private static func exactLogTail(_ least: Int, ranks: [Int]) -> Double {
    // ways[s] ≤ 2^50, whole numbers that a Double holds exactly.
    var ways = [Double](repeating: 0, count: ranks.reduce(0, +) + 1)
    ways[0] = 1
    var reach = 0
    for rank in ranks {
      reach += rank
      for sum in stride(from: reach, through: rank, by: -1) { ways[sum] += ways[sum - rank] }
    }
    return log(ways[least...].reduce(0, +)) - Double(ranks.count) * 0.693_147_180_559_945_3
  }
}

/// The standard normal distribution, tails in log space.
enum StandardNormal {
  /// ln √(2π).
  private static let logRoot = 0.918_938_533_204_672_8

  /// ln P(Z > z).
  static func logUpperTail(_ z: Double) -> Double {
    if z < 0 { return LogSpace.complement(logUpperTail(-z)) }
    // erfc loses its last digits to underflow from z ≈ 37 on; the fraction is good to 1e-16 from far below that.
    if z < 10 { return log(erfc(z / 2.0.squareRoot()) / 2) }
    if z == .infinity { return -.infinity }
    return -z * z / 2 - logRoot + log(millsRatio(z))
  }

  /// The z ≥ 0 that is exceeded with a chance of `level` in (0, ½], to nine decimals.
  static func quantile(ofUpperTail level: Double) -> Double {
    var (low, high) = (0.0, 40.0)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if logUpperTail(middle) > log(level) { low = middle } else { high = middle }
    }
    return high
  }

  /// P(Z > z) / φ(z) for z ≥ 10, by Laplace's continued fraction z + 1/(z + 2/(z + 3/(z + …))), from the far end.
  private static func millsRatio(_ z: Double) -> Double {
    var denominator = z
    for term in stride(from: 60.0, through: 1, by: -1) { denominator = z + term / denominator }
    return 1 / denominator
  }
}
