/// The random draw that makes a p-value or an e-value true: the draw of one key among its decoys, or the coins of a
/// release's twins. Evidence of one draw is never multiplied, however many audits.
/// - Source: METHODS §5.5
package enum RandomSource: Sendable, Hashable, CustomStringConvertible {
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
