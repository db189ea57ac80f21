import Glibc

/// The chance, were the null hypothesis true, of a result at least as extreme; kept as a natural logarithm, so that 1e-900
/// is a value like any other.
///
/// A p-value must not be multiplied with another of the same key: the draw of the key is the same every week.
/// - Source: METHODS §5
package struct PValue: Sendable, Hashable, Comparable {
  /// ln p, ≤ 0.
  package let ln: Double
  /// p itself; 0 once it is below 5e-324.
  package let value: Double

  /// - Parameter ln: natural logarithm; rounding above 0 is cut.
  package init(ln: Double) {
    precondition(!ln.isNaN, "a p-value is a number")
    self.ln = min(0, ln)
    value = exp(self.ln)
  }

  /// - Parameter value: in (0, 1].
  package init(_ value: Double) {
    precondition(value > 0 && value <= 1, "a p-value is in (0, 1]")
    self.value = value
    ln = log(value)
  }

  /// Whether p ≤ level, compared as numbers where both are, so that 1/20 is at the level 0.05.
  package func isAtMost(_ level: Double) -> Bool { value <= level }

  package static func < (left: Self, right: Self) -> Bool { left.ln < right.ln }
}
