import Glibc

/// The regularised incomplete beta function in log space; Student's t and the binomial are written with it.
/// - Source: Abramowitz & Stegun 26.5.8, the continued fraction, evaluated by Lentz's method.
enum IncompleteBeta {
  /// A point of (0, 1) that keeps its digits at both ends.
  struct Point {
    /// x and 1 − x.
    var x: Double
    var y: Double
    /// ln x and ln (1 − x).
    var logX: Double
    var logY: Double

    init(x: Double, y: Double, logX: Double, logY: Double) {
      self.x = x
      self.y = y
      self.logX = logX
      self.logY = logY
    }

    /// - Parameter x: in [0, 1].
    init(_ x: Double) {
      self.init(x: x, y: 1 - x, logX: x < 0.5 ? log(x) : log1p(x - 1), logY: x < 0.5 ? log1p(-x) : log(1 - x))
    }

    /// The point r / (1 + r) has x = r·y; this is the point 1 / (1 + r) for r ≥ 0 given with its logarithm.
    init(oneOverOnePlus r: Double, logR: Double) {
      let logX = r.isFinite ? -log1p(r) : -logR
      self.init(x: exp(logX), y: r.isFinite ? r / (1 + r) : 1, logX: logX, logY: r.isFinite ? logR + logX : 0)
    }
  }

  /// ln I_x(a, b) and ln (1 − I_x(a, b)), a and b > 0.
  static func logTails(at point: Point, a: Double, b: Double) -> (lower: Double, upper: Double) {
    if point.x <= 0 && point.logX == -.infinity { return (-.infinity, 0) }
    if point.y <= 0 { return (0, -.infinity) }
    let front =
      a * point.logX + b * point.logY
      - (LogSpace.gamma(a) + LogSpace.gamma(b) - LogSpace.gamma(a + b))
    // The fraction converges fast on the side of the mean, (a + 1) / (a + b + 2).
    if point.x < (a + 1) / (a + b + 2) {
      let lower = min(0, front + log(fraction(x: point.x, a: a, b: b)) - log(a))
      return (lower, LogSpace.complement(lower))
    }
    let upper = min(0, front + log(fraction(x: point.y, a: b, b: a)) - log(b))
    return (LogSpace.complement(upper), upper)
  }

  /// The continued fraction of 26.5.8. It needs about √max(a, b) steps.
  private static func fraction(x: Double, a: Double, b: Double) -> Double {
    let tiny = 1e-300
    func guarded(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / guarded(1 - (a + b) * x / (a + 1))
    var value = d
    for step in 1...10_000_000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / guarded(1 + even * d)
      c = guarded(1 + even / c)
      value *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / guarded(1 + odd * d)
      c = guarded(1 + odd / c)
      let factor = d * c
      value *= factor
      if abs(factor - 1) < 1e-15 { break }
    }
    return value
  }
}

/// Student's t distribution.
enum StudentT {
  /// ln P(T > t) with `freedom` > 0 degrees of freedom; t may be infinite.
  static func logUpperTail(_ t: Double, freedom: Double) -> Double {
    // P(|T| > t) = I_x(ν/2, ½) at x = ν/(ν + t²), and x = 1/(1 + r) with r = t²/ν.
    let ratio = t * t / freedom
    let point = IncompleteBeta.Point(oneOverOnePlus: ratio, logR: 2 * log(abs(t)) - log(freedom))
    let both = IncompleteBeta.logTails(at: point, a: freedom / 2, b: 0.5).lower
    let half = both - 0.693_147_180_559_945_3
    return t >= 0 ? half : LogSpace.complement(half)
  }
}

/// The binomial distribution.
enum Binomial {
  /// ln P(X ≥ count) for `trials` trials with chance `chance` in (0, 1).
  static func logUpperTail(_ count: Int, of trials: Int, chance: Double) -> Double {
    precondition(count <= trials && chance > 0 && chance < 1, "count ≤ trials, and a chance in (0, 1)")
    if count <= 0 { return 0 }
    // P(X ≥ k) = I_chance(k, n − k + 1).
    return IncompleteBeta.logTails(
      at: IncompleteBeta.Point(chance), a: Double(count), b: Double(trials - count + 1)
    ).lower
  }
}
