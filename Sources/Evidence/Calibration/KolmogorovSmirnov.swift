import Glibc

/// Kolmogorov's and Smirnov's tests, two-sided; here they ask whether p-values of innocent models are uniform.
package struct KolmogorovSmirnov: Sendable, Equatable {
  /// D, the greatest distance of the distribution functions, in [0, 1].
  package let distance: Double
  package let p: PValue

  /// Above so many values the limiting distribution is used in place of the exact one.
  static let exactLimit = 1_000
  static let exactPairLimit = 10_000

  /// Whether `values` are uniform on [0, 1].
  /// P-values on a grid (ranks) are to be smoothed first: see `ExchangeableRank.smoothed`.
  /// - Throws: `tooFew` for none, `notFinite`, `outOfRange`.
  package init(uniform values: [Double]) throws(EvidenceError) {
    guard !values.isEmpty else { throw .tooFew(what: "values", count: 0, least: 1) }
    for (index, value) in values.enumerated() {
      guard value.isFinite else { throw .notFinite(what: "value", index: index) }
      guard value >= 0, value <= 1 else { throw .outOfRange(what: "value", index: index, value: value) }
    }
    let n = Double(values.count)
    var distance = 0.0
    for (index, value) in values.sorted().enumerated() {
      distance = max(distance, Double(index + 1) / n - value, value - Double(index) / n)
    }
    self.distance = distance
    p = PValue(ln: Self.logTail(distance, count: values.count))
  }

  /// Whether two samples come from one distribution.
  /// - Throws: `tooFew`, `notFinite`.
  package init(_ first: [Double], _ second: [Double]) throws(EvidenceError) {
    for (name, sample) in [("first value", first), ("second value", second)] {
      guard !sample.isEmpty else { throw .tooFew(what: "\(name)s", count: 0, least: 1) }
      if let index = sample.firstIndex(where: { !$0.isFinite }) { throw .notFinite(what: name, index: index) }
    }
    let (left, right) = (first.sorted(), second.sorted())
    // D·n·m as a whole number, so that paths are compared without rounding.
    var steps = 0
    var (i, j) = (0, 0)
    while i < left.count && j < right.count {
      let value = min(left[i], right[j])
      while i < left.count, left[i] == value { i += 1 }
      while j < right.count, right[j] == value { j += 1 }
      steps = max(steps, abs(i * right.count - j * left.count))
    }
    distance = Double(steps) / (Double(left.count) * Double(right.count))
    if max(left.count, right.count) <= Self.exactPairLimit {
      p = PValue(ln: log(Self.pathShare(left.count, right.count, steps: steps)))
    } else {
      let pairs = Double(left.count) * Double(right.count) / Double(left.count + right.count)
      p = PValue(ln: Self.limitingLogTail(distance * pairs.squareRoot()))
    }
  }

  /// The share of the lattice paths from (0, 0) to (n, m) that come `steps` or more from the diagonal: exact without ties.
  /// - Source: Hodges, "The significance probability of the Smirnov two-sample test", 1957
  private static func pathShare(_ n: Int, _ m: Int, steps: Int) -> Double {
    // row[j] = chance that a random path from (0, 0) to (i, j) has touched the border; only sums of positive terms.
    var row = [Double](repeating: 0, count: m + 1)
    for i in 0...n {
      for j in 0...m {
        if abs(i * m - j * n) >= steps {
          row[j] = 1
        } else {
          let fromLeft = j > 0 ? Double(j) * row[j - 1] : 0
          let fromBelow = i > 0 ? Double(i) * row[j] : 0
          row[j] = (fromLeft + fromBelow) / Double(max(1, i + j))
        }
      }
    }
    return row[m]
  }
}
