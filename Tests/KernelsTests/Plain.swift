/// An (N, C, H, W) array in Double: what the references compute with.
struct Plain {
  var images: Int
  var channels: Int
  var height: Int
  var width: Int
  var values: [Double]

  init(_ images: Int, _ channels: Int, _ height: Int, _ width: Int, _ value: (Int) -> Double = { _ in 0 }) {
    self.images = images
    self.channels = channels
    self.height = height
    self.width = width
    values = (0..<(images * channels * height * width)).map(value)
  }

  /// Values that Float32 holds exactly, uniform in −1…1.
  static func random(_ images: Int, _ channels: Int, _ height: Int, _ width: Int, seed: UInt64) -> Plain {
    var source = SplitMix(seed)
    return Plain(images, channels, height, width) { _ in source.uniform() }
  }

  /// The same shape, other values.
  func like(seed: UInt64) -> Plain { .random(images, channels, height, width, seed: seed) }

  func index(_ n: Int, _ c: Int, _ y: Int, _ x: Int) -> Int {
    ((n * channels + c) * height + y) * width + x
  }

  /// Zero outside the plane.
  subscript(n: Int, c: Int, y: Int, x: Int) -> Double {
    get { y < 0 || x < 0 || y >= height || x >= width ? 0 : values[index(n, c, y, x)] }
    set { values[index(n, c, y, x)] = newValue }
  }

  func map(_ f: (Double) -> Double) -> Plain {
    var result = self
    result.values = values.map(f)
    return result
  }

  func zip(_ other: Plain, _ f: (Double, Double) -> Double) -> Plain {
    var result = self
    result.values = Swift.zip(values, other.values).map(f)
    return result
  }

  static func + (a: Plain, b: Plain) -> Plain { a.zip(b, +) }
}

/// SplitMix64.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// −1…1 in steps of 2⁻²⁰.
  mutating func uniform() -> Double {
    Double(Int64(next() >> 43)) / 1_048_576 - 1
  }
}

/// The largest distance, as a share of the largest expected magnitude.
func distance(_ actual: [Float], _ expected: [Double]) -> Double {
  guard actual.count == expected.count else { return .infinity }
  var most = 0.0
  var scale = 1e-30
  for (a, e) in zip(actual, expected) {
    let difference = abs(Double(a) - e)
    if !(difference <= most) { most = difference }
    scale = max(scale, abs(e))
  }
  return most / scale
}

func distance(_ actual: Blocked, _ expected: Plain) -> Double {
  distance(actual.plain(), expected.values)
}

/// Central differences of `loss` with respect to every value.
func differences(_ plain: Plain, step: Double = 1e-5, _ loss: (Plain) -> Double) -> [Double] {
  plain.values.indices.map { i in
    var (up, down) = (plain, plain)
    up.values[i] += step
    down.values[i] -= step
    return (loss(up) - loss(down)) / (2 * step)
  }
}
