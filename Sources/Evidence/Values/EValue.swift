import Glibc

/// Evidence as a bet: a non-negative number whose mean is at most 1 under the null hypothesis, kept as a natural logarithm.
/// 1/e is a conservative p-value (Markov), and e-values of independent randomness may be multiplied.
/// - Source: Vovk & Wang, "E-values: calibration, combination and applications", 2021
package struct EValue: Sendable, Hashable, Comparable, Codable {
  /// ln e; −∞ for a bet that is lost.
  package let ln: Double

  /// A bet on nothing.
  package static let one = EValue(ln: 0)

  package init(ln: Double) {
    precondition(!ln.isNaN, "an e-value is a number")
    self.ln = ln
  }

  /// - Parameter value: ≥ 0.
  package init(_ value: Double) {
    precondition(value >= 0, "an e-value is not negative")
    ln = log(value)
  }

  /// e itself; infinite above 1e308.
  package var value: Double { exp(ln) }

  /// min(1, 1/e).
  package var p: PValue { PValue(ln: -ln) }

  /// Whether e ≥ 1/level.
  package func reaches(_ level: Double) -> Bool { ln >= -log(level) - 1e-12 }

  package static func < (left: Self, right: Self) -> Bool { left.ln < right.ln }

  package init(from decoder: any Decoder) throws {
    let ln = try decoder.singleValueContainer().decode(Double.self)
    guard !ln.isNaN else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a number"))
    }
    self.ln = ln
  }

  /// ln e as a number. (All e-values made here are positive.)
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(ln)
  }
}
