import Glibc

/// The rank of one score among n others that would be exchangeable with it under the null hypothesis: the real key among
/// its decoys, or a suspect in the panel of reference models that never saw the release (the conformal p-value).
///
/// p = (1 + #{others ≥ score}) / (n + 1). Ties count against us. The least value is 1/(n + 1).
/// - Source: METHODS §5.1 and §5.3; Vovk, Gammerman & Shafer, "Algorithmic Learning in a Random World", §2
package struct ExchangeableRank: Sendable, Hashable {
  package let score: Double
  /// n.
  package let others: Int
  /// How many of the others are greater, and how many are equal.
  package let above: Int
  package let equal: Int

  /// - Throws: `tooFew` for none, `notFinite` (the score itself has index −1).
  package init(of score: Double, among others: some Collection<Double>) throws(EvidenceError) {
    guard score.isFinite else { throw .notFinite(what: "score", index: -1) }
    var above = 0
    var equal = 0
    var count = 0
    for other in others {
      guard other.isFinite else { throw .notFinite(what: "other score", index: count) }
      if other > score { above += 1 }
      if other == score { equal += 1 }
      count += 1
    }
    guard count > 0 else { throw .tooFew(what: "other scores", count: 0, least: 1) }
    self.score = score
    self.others = count
    self.above = above
    self.equal = equal
  }

  /// The rank of the first `size` values' mean among the means of all subsets of that size.
  ///
  /// Sums of the same values in another order differ by rounding, so what is equal up to 1e-12 is counted as equal, which
  /// counts against us.
  /// - Throws: `tooFew` if there is no other subset, `notFinite`.
  package init(ofFirst size: Int, among values: [Double]) throws(EvidenceError) {
    precondition(size >= 1 && values.count >= size, "a subset of the values")
    if let index = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(what: "score", index: index) }
    guard values.count > size else { throw .tooFew(what: "other scores", count: 0, least: 1) }
    let own = values.prefix(size).reduce(0, +)
    let tolerance = size == 1 ? 0 : 1e-12
    var above = 0
    var equal = -1
    KeySubsets.forEachSum(of: values, size: size) { sum in
      if sum > own + tolerance { above += 1 } else if sum >= own - tolerance { equal += 1 }
    }
    score = own / Double(size)
    others = KeySubsets.count(of: values.count, size: size) - 1
    self.above = above
    self.equal = equal
  }

  /// The rank of the diagonal's sum among the sums of all assignments of carriers to classes.
  ///
  /// The classes are standardised first. Sums are equal as above.
  /// - Parameter values: (n, c), row by row: what class i wins under carrier j.
  /// - Throws: `notFinite`.
  package init(ofDiagonalIn values: [Double], classes: Int) throws(EvidenceError) {
    let carriers = values.count / classes
    precondition(classes >= 2 && carriers >= classes && values.count == classes * carriers, "a carrier for each class")
    if let index = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(what: "score", index: index) }
    let table = KeyAssignments.standardised(values, classes: classes)
    let own = KeyAssignments.own(table, classes: classes)
    let tolerance = 1e-12 * max(1, table.reduce(0) { max($0, abs($1)) })
    var above = 0
    var equal = -1
    KeyAssignments.forEachSum(of: table, classes: classes) { sum in
      if sum > own + tolerance { above += 1 } else if sum >= own - tolerance { equal += 1 }
    }
    score = own / Double(classes)
    others = KeyAssignments.count(of: carriers, size: classes) - 1
    self.above = above
    self.equal = equal
  }

  /// 1 is the highest; of equals, the lowest.
  package var rank: Int { 1 + above + equal }

  package var p: PValue { PValue(Double(rank) / Double(others + 1)) }

  /// The least p-value that so many others allow.
  package var leastP: Double { 1 / Double(others + 1) }

  package func isAtMost(_ level: Double) -> Bool { Double(rank) / Double(others + 1) <= level }

  /// The bet on a high rank r that pays (n + 1) / (r·H), H = 1 + ½ + … + 1/(n + 1): its mean over the n + 1 equally likely
  /// ranks is 1, and the first place pays most without losing everything on the second.
  /// - Source: a calibrator on the grid of ranks, Vovk & Wang 2021 §2
  package var eValue: EValue {
    var harmonic = 0.0
    for place in stride(from: others + 1, through: 1, by: -1) { harmonic += 1 / Double(place) }
    return EValue(ln: log(Double(others + 1)) - log(Double(rank)) - log(harmonic))
  }
}
