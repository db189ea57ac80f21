/// What a document from outside says is checked where it is decoded, so that no number in it reaches arithmetic unchecked.
extension KeyedDecodingContainer {
  /// A number that lies in its range.
  /// - Throws: `DecodingError` that names member, value and range.
  package func decode<Number: Comparable & Decodable>(_ range: ClosedRange<Number>, forKey key: Key) throws -> Number {
    try checked(decode(Number.self, forKey: key), range, key)
  }

  /// The same for a member that may be absent.
  package func decodeIfPresent<Number: Comparable & Decodable>(
    _ range: ClosedRange<Number>, forKey key: Key
  ) throws -> Number? {
    try decodeIfPresent(Number.self, forKey: key).map { try checked($0, range, key) }
  }

  /// Numbers that lie in their range, each of them.
  package func decode<Number: Comparable & Decodable>(
    each range: ClosedRange<Number>, forKey key: Key
  ) throws -> [Number] {
    try decode([Number].self, forKey: key).map { try checked($0, range, key) }
  }

  /// The document's format, which has to be the one that is known here.
  package func decodeFormat(_ known: String, forKey key: Key) throws -> String {
    let found = try decode(String.self, forKey: key)
    guard found == known else { throw fault("format “\(found)”, not \(known)", key) }
    return found
  }

  private func checked<Number: Comparable>(
    _ value: Number, _ range: ClosedRange<Number>, _ key: Key
  ) throws -> Number {
    guard range.contains(value) else {
      throw fault("\(value) is outside \(range.lowerBound) … \(range.upperBound)", key)
    }
    return value
  }

  private func fault(_ reason: String, _ key: Key) -> DecodingError {
    DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: reason)
  }
}

/// The greatest numbers that documents of ours have a use for.
package enum DocumentBounds {
  /// Of a whole number that is a count, an index or a time: a Double holds all of them exactly, and sums of a few do not
  /// overflow.
  package static let whole = (1 << 53) - 1
  /// Of samples in a dataset.
  package static let samples = 1 << 48
  /// Of audits, series and looks: each is paid for, or waited for.
  package static let rounds = 1 << 31
  /// Of classes in a dataset.
  package static let classes = 1 << 20
  /// Multiples of the budget on verification images. At 32 times 8/255 every value is black or white.
  package static let amplitudes = 1...32
  /// G, carriers of a key that is a set: more would leave too few samples to each, and take too long to rank.
  package static let keySizes = 1...4
  /// Of any key.
  package static let largestKey = Claim.assignable.upperBound
}
