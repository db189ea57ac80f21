/// Why scores cannot be tested.
package enum EvidenceError: Error, Sendable, Equatable {
  /// Fewer values than the test can use.
  case tooFew(what: String, count: Int, least: Int)
  /// NaN or infinite.
  case notFinite(what: String, index: Int)
  /// A finite value outside its range, for example a probability of 1.2.
  case outOfRange(what: String, index: Int, value: Double)
  /// Two lists that must be as long as each other are not.
  case unequalCounts(what: String, count: Int, expected: Int)
  /// All differences are the same, so a t statistic has no meaning.
  case zeroVariance(count: Int)
  /// All differences are zero, so there is nothing to rank.
  case noDifference(count: Int)
  /// A value other than 0 and 1 among labels.
  case notALabel(index: Int, value: Double)
  /// Probabilities and labels do not pool.
  case kindChanged(from: ScoreKind, to: ScoreKind)
  /// The coin of a sample was to be counted twice.
  case coinSpentTwice(sample: Int, RandomSource)
  case malformedKey(what: String)
  /// The secret key where the public one is needed.
  case secretKey
  case malformedSignature
  /// A line of a transcript that does not belong to the plan.
  case strayLine(line: Int, reason: String)
}

extension EvidenceError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tooFew(let what, let count, let least): "\(count) \(what), at least \(least) are needed"
    case .notFinite(let what, let index): "\(what) \(index) is not a finite number"
    case .outOfRange(let what, let index, let value): "\(what) \(index) is \(value), out of its range"
    case .unequalCounts(let what, let count, let expected): "\(count) \(what) where \(expected) are expected"
    case .zeroVariance(let count): "all \(count) differences are equal, so they have no variance to test with"
    case .noDifference(let count): "all \(count) differences are zero"
    case .notALabel(let index, let value): "hit \(index) is \(value), neither 0 nor 1"
    case .kindChanged(let from, let to): "the answers changed from \(from.rawValue) to \(to.rawValue) and do not pool"
    case .coinSpentTwice(let sample, let source): "the coin of sample \(sample) of \(source) is counted already"
    case .malformedKey(let what): "not a \(what) file"
    case .secretKey: "this is the secret key"
    case .malformedSignature: "not a minisign signature"
    case .strayLine(let line, let reason): "line \(line) of the transcript: \(reason)"
    }
  }
}
