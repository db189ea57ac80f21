import Glibc

/// Arithmetic on natural logarithms of probabilities, where 1e-300 and 1e-3000 are ordinary numbers.
enum LogSpace {
  /// ln(1 − eˣ) for x ≤ 0, accurate at both ends; −∞ at 0.
  /// - Source: Mächler, "Accurately computing log(1 − exp(−|a|))", 2012: the two forms meet at ln 2.
  static func complement(_ x: Double) -> Double {
    if x >= 0 { return -.infinity }
    return x > -0.693_147_180_559_945_3 ? log(-expm1(x)) : log1p(-exp(x))
  }

  /// ln(eˣ + eʸ).
  static func sum(_ x: Double, _ y: Double) -> Double {
    let larger = max(x, y)
    if larger == -.infinity { return larger }
    return larger + log1p(exp(min(x, y) - larger))
  }

  /// ln Σ exp(terms); −∞ for none.
  static func sum(_ terms: [Double]) -> Double {
    guard let largest = terms.max(), largest > -.infinity else { return -.infinity }
    return largest + log(terms.reduce(0) { $0 + exp($1 - largest) })
  }

  /// ln Γ(x), x > 0, without the process-wide sign that C's `lgamma` writes.
  static func gamma(_ x: Double) -> Double {
    let (value, _) = lgamma(x)
    return value
  }
}
