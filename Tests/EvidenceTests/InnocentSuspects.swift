@testable import Evidence

/// A fast seeded stream for simulations.
/// - Source: Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014 (SplitMix64)
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in [0, 1).
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// A model that never saw the release and yet leans, every week alike, towards some of the keys: with one key in eight by up
/// to 0.4 in ΔP, with the others by a little. It does not know which key is real.
struct InnocentSuspect {
  /// The lasting ΔP of every key, the real one first.
  let leans: [Double]
  private var random: SplitMix

  init(keys: Int, seed: UInt64) {
    var random = SplitMix(seed)
    leans = (0..<keys).map { _ in
      let size = random.uniform()
      return random.next() & 7 == 0 ? 0.4 * size : 0.02 * size
    }
    self.random = random
  }

  /// An audit of 4 images a key, as sums of P_w − P_b: the lean and the noise of these images.
  mutating func audit(_ totals: inout [Double]) {
    var bits: UInt64 = 0
    for key in leans.indices {
      if key & 3 == 0 { bits = random.next() }
      // Uniform noise in (−½, ½) · 4 images · 0.2.
      totals[key] = 4 * (leans[key] + 0.2 * (Double(bits & 0xFFFF) * 0x1p-16 - 0.5))
      bits >>= 16
    }
  }
}
