import Glibc

/// The test martingale of one suspect and one claim: the product of one bet for each independent draw — several keys of a
/// release, keys of several releases, coins of twins.
///
/// A draw has one factor. Another audit of the same key replaces its factor by the pooled one and multiplies nothing. The
/// chance that the product ever reaches 1/α on an innocent model is at most α (Ville), so the highest value counts. It holds
/// if the draws are independent and every draw that is looked at enters, in an order that does not depend on its answers.
/// - Source: METHODS §5.5; Ville 1939; Shafer, "Testing by betting", 2021
package struct IndependentEvidence: Sendable, Equatable, Codable {
  /// One draw's bet.
  package struct Factor: Sendable, Equatable, Codable {
    package let source: RandomSource
    package fileprivate(set) var eValue: EValue
  }

  /// α in (0, 1).
  package let alpha: Double
  /// In the order of their first update.
  package private(set) var factors: [Factor] = []
  /// The highest product so far, 1 at the start.
  package private(set) var highest = EValue.one

  package init(alpha: Double) {
    precondition(alpha > 0 && alpha < 1, "α in (0, 1)")
    self.alpha = alpha
  }

  /// The product now.
  package var eValue: EValue { EValue(ln: factors.reduce(0) { $0 + $1.eValue.ln }) }

  /// Whether the product has ever reached 1/α.
  package var isAtLevel: Bool { highest.reaches(alpha) }

  /// Takes over the factor of a key after a look; a key without a look changes nothing.
  package mutating func update(_ key: PooledKeyEvidence) {
    if let eValue = key.eValue { set(eValue, of: key.source) }
  }

  /// Takes over the factor of a release's coins.
  package mutating func update(_ twins: TwinEvidence) { set(twins.eValue, of: twins.source) }

  private mutating func set(_ eValue: EValue, of source: RandomSource) {
    if let index = factors.firstIndex(where: { $0.source == source }) {
      factors[index].eValue = eValue
    } else {
      factors.append(Factor(source: source, eValue: eValue))
    }
    highest = max(highest, self.eValue)
  }
}

extension IndependentEvidence {
  /// - Throws: `DecodingError`, also for an α outside (0, 1).
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    alpha = try container.decode(Double.leastNormalMagnitude...(1.0).nextDown, forKey: .alpha)
    factors = try container.decode([Factor].self, forKey: .factors)
    highest = try container.decode(EValue.self, forKey: .highest)
  }
}
