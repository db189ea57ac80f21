/// Reproducible random numbers from integer arithmetic and exact divisions only, the same on every machine.
///
/// - Source: SplitMix64, Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014), fig. 15.
struct Draws: RandomNumberGenerator {
  private var state: UInt64

  /// Independent draws for each list of numbers.
  init(_ seeds: UInt64...) {
    state = 0
    for seed in seeds {
      state ^= seed
      state = next()
    }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in [low, high).
  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * (Double(next() >> 11) * 0x1p-53)
  }

  /// Uniform in 0..<count.
  mutating func below(_ count: Int) -> Int {
    // The bias is below count·2⁻⁶⁴.
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }

  /// Mean 0, variance 1, close to normal: the sum of 12 uniform numbers less 6.
  mutating func normal() -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + uniform(0, 1) }
  }

  /// A point on the unit circle, uniformly, without sine and cosine, whose last digit depends on the library.
  mutating func direction() -> (x: Double, y: Double) {
    while true {
      let x = uniform(-1, 1)
      let y = uniform(-1, 1)
      let square = x * x + y * y
      guard square > 0.01, square <= 1 else { continue }
      let length = square.squareRoot()
      return (x / length, y / length)
    }
  }

  /// A unit vector within ±27° of the x axis: the tangent is uniform in ±0.5.
  mutating func tilt() -> (x: Double, y: Double) {
    let tangent = uniform(-0.5, 0.5)
    let length = (1 + tangent * tangent).squareRoot()
    return (1 / length, tangent / length)
  }
}
