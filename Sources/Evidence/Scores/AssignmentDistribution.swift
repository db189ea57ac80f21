import Glibc

/// How the statistic of an assignment lies among those of all that could have been drawn: what a rank is among, to be
/// looked at, and about how much more asking it would take.
package struct AssignmentDistribution: Sendable, Equatable {
  /// Assignments in equal bins over `range`; their sum is the number of keys that the rank is among. The first bin and the
  /// last one are not empty.
  package let counts: [Int]
  /// Means over classes of what each gains under its carrier, standardised (`KeyAssignments`).
  package let range: ClosedRange<Double>
  /// The key's.
  package let score: Double
  /// The key's, from the mean of all in their standard deviations; nil where all are equal.
  package let standardised: Double?

  /// - Parameter values: (n, c), row by row; class j has carrier j in the release's key.
  init(of values: [Double], classes: Int, bins: Int) {
    precondition(bins >= 1, "a histogram has bins")
    let table = KeyAssignments.standardised(values, classes: classes)
    let carriers = table.count / classes
    // No assignment can be outside these, so that one pass is enough.
    let rows = (0..<classes).map { table[$0 * carriers..<($0 + 1) * carriers] }
    let lower = rows.reduce(0) { $0 + ($1.min() ?? 0) }
    let upper = rows.reduce(0) { $0 + ($1.max() ?? 0) }
    let width = (upper - lower) / Double(bins)
    var counts = [Int](repeating: 0, count: bins)
    var (sum, squares) = (0.0, 0.0)
    KeyAssignments.forEachSum(of: table, classes: classes) { value in
      counts[width > 0 ? min(bins - 1, max(0, Int((value - lower) / width))) : 0] += 1
      sum += value
      squares += value * value
    }
    let keys = Double(counts.reduce(0, +))
    let own = KeyAssignments.own(table, classes: classes)
    let mean = sum / keys
    let deviation = max(0, squares / keys - mean * mean).squareRoot()
    let first = counts.firstIndex { $0 > 0 } ?? 0
    let last = counts.lastIndex { $0 > 0 } ?? 0
    let scale = 1 / Double(classes)
    self.counts = Array(counts[first...last])
    score = own * scale
    range = min(score, (lower + Double(first) * width) * scale)...max(score, (lower + Double(last + 1) * width) * scale)
    // What rounding leaves of equal sums is no spread.
    standardised = deviation > 1e-9 * max(1, abs(lower), abs(upper)) ? (own - mean) / deviation : nil
  }

  /// The keys that the rank is among.
  package var keys: Int { counts.reduce(0, +) }

  /// About how many images in all would bring the key's p to a level, if they answered as the first ones did: an estimate.
  ///
  /// The standardised score grows with the square root of the images' number, and sums over classes are nearly normal.
  /// - Returns: nil where the key is not ahead, or not by enough for any number that somebody would ask about; and where so
  ///   few keys never reach the level.
  package func images(toReach level: Double, from images: Int) -> Int? {
    guard let standardised, standardised > 0, level > 0, level <= 0.5, 1 <= level * Double(keys) else { return nil }
    let times = pow(StandardNormal.quantile(ofUpperTail: level) / standardised, 2)
    guard times < Self.mostTimes else { return nil }
    return max(images + 1, Int((Double(images) * times).rounded(.up)))
  }

  /// A key that is ahead by a thirtieth of what is needed is not ahead.
  private static let mostTimes = 1000.0
}

extension KeyTotals {
  /// All assignments by what they gain; nil for other claims, and before every place has an answer.
  package func assignments(bins: Int = 60) -> AssignmentDistribution? {
    guard columns > 1, isWhole else { return nil }
    let means = zip(sums, pairs).map { $0 / Double($1) }
    return means.allSatisfy(\.isFinite) ? AssignmentDistribution(of: means, classes: columns, bins: bins) : nil
  }
}
