/// The random draw that makes a p-value or an e-value true: the draw of one key among its decoys, or the coins of a
/// release's twins. Evidence of different draws may be multiplied; evidence of one draw may not, however many audits.
/// - Source: METHODS §5.5
package enum RandomSource: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Key number `index` of a release, drawn and committed before it was published.
  case key(release: String, index: Int)
  /// The coins that chose between the twins of a release's samples.
  case coins(release: String)

  package var description: String {
    switch self {
    case .key(let release, let index): "key \(index) of \(release)"
    case .coins(let release): "the coins of \(release)"
    }
  }
}

/// A p-value with the randomness that it spends, which is what combining takes.
///
/// There is one for each draw, taken at one look that was settled in advance: never one a week, and never the best.
package struct FreshPValue: Sendable, Hashable {
  package let source: RandomSource
  package let p: PValue

  package init(_ p: PValue, of source: RandomSource) {
    self.p = p
    self.source = source
  }

  /// - Throws: `spentTwice` if two of them come of one draw; `tooFew` for none.
  static func requireDistinct(_ values: [Self]) throws(EvidenceError) {
    guard !values.isEmpty else { throw .tooFew(what: "p-values", count: 0, least: 1) }
    var seen = Set<RandomSource>()
    for value in values where !seen.insert(value.source).inserted { throw .spentTwice(value.source) }
  }
}
