import Glibc

/// Evidence as a bet: a non-negative number whose mean is at most 1 under the null hypothesis, kept as a natural logarithm.
/// 1/e is a conservative p-value (Markov).
/// - Source: Vovk & Wang, "E-values: calibration, combination and applications", 2021
package struct EValue: Sendable, Hashable {
  /// ln e; −∞ for a bet that is lost.
  package let ln: Double

  package init(ln: Double) {
    precondition(!ln.isNaN, "an e-value is a number")
    self.ln = ln
  }

  /// e itself; infinite above 1e308.
  package var value: Double { exp(ln) }
}
