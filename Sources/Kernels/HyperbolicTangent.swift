/// tanh and its gradient.
@usableFromInline
enum HyperbolicTangent<V: Lanes> {
  /// 1.5·2²³: added to a number below 2²² in magnitude it rounds it to the nearest whole number, in the low bits.
  @inlinable @inline(__always)
  static var rounding: Float { 12_582_912 }

  @inlinable
  static func forward(_ input: Activation, _ output: Activation, _ units: Range<Int>) {
    Elementwise<V>.map(input, output, false, units) { tanh($0) }
  }

  @inlinable
  static func gradient(
    _ output: Activation, _ outputGradient: Activation, _ accumulate: Bool, _ inputGradient: Activation,
    _ units: Range<Int>
  ) {
    let one = V(repeating: 1)
    Elementwise<V>.map(output, outputGradient, inputGradient, accumulate, units) { y, g in g * (one - y * y) }
  }

  /// tanh |x| = m/(m + 2) with m = exp(2|x|) − 1 = 2ⁿ·(2ᶠ − 1) + (2ⁿ − 1), n + f = 2|x|/ln 2, |f| ≤ ½.
  ///
  /// Within 3e-7 of the true value, relative for small x too: there n = 0 and nothing cancels. From |x| = 9.02 on,
  /// where n = 26 and m + 2 rounds to m, it is exactly ±1, and never more. A NaN stays one.
  @inlinable @inline(__always)
  static func tanh(_ x: V) -> V {
    let negative = V.zero - x
    let magnitude = V.select(negative, x, whereLess: x, than: .zero)
    // 2/ln 2
    let exponent = V.clamp(magnitude * V(repeating: 2.885_390_1), .zero, V(repeating: 27))
    let biased = exponent + V(repeating: rounding)
    let whole = biased - V(repeating: rounding)
    let fraction = exponent - whole
    // 2ᶠ − 1 = Σ (ln 2)ᵏ/k!·fᵏ for k = 1…7; the next term is below 6e-9.
    var series = V(repeating: 1.525_273_4e-5)
    series = V.multiplyAdd(V(repeating: 1.540_353_0e-4), series, fraction)
    series = V.multiplyAdd(V(repeating: 1.333_355_8e-3), series, fraction)
    series = V.multiplyAdd(V(repeating: 9.618_129_1e-3), series, fraction)
    series = V.multiplyAdd(V(repeating: 5.550_410_9e-2), series, fraction)
    series = V.multiplyAdd(V(repeating: 2.402_265_1e-1), series, fraction)
    series = V.multiplyAdd(V(repeating: 6.931_471_8e-1), series, fraction)
    series = series * fraction
    let power = V.powerOfTwo(biased)
    let less = V.multiplyAdd(power - V(repeating: 1), power, series)
    let result = less / (less + V(repeating: 2))
    return V.select(V.zero - result, result, whereLess: x, than: .zero)
  }
}
