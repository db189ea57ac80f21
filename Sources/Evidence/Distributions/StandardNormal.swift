import Glibc

/// The standard normal distribution, tails in log space.
enum StandardNormal {
  /// ln √(2π).
  private static let logRoot = 0.918_938_533_204_672_8

  /// ln P(Z > z).
  static func logUpperTail(_ z: Double) -> Double {
    if z < 0 { return LogSpace.complement(logUpperTail(-z)) }
    // erfc loses its last digits to underflow from z ≈ 37 on; the fraction is good to 1e-16 from far below that.
    if z < 10 { return log(erfc(z / 2.0.squareRoot()) / 2) }
    if z == .infinity { return -.infinity }
    return -z * z / 2 - logRoot + log(millsRatio(z))
  }

  /// P(Z > z) / φ(z) for z ≥ 10, by Laplace's continued fraction z + 1/(z + 2/(z + 3/(z + …))), from the far end.
  private static func millsRatio(_ z: Double) -> Double {
    var denominator = z
    for term in stride(from: 60.0, through: 1, by: -1) { denominator = z + term / denominator }
    return 1 / denominator
  }
}
