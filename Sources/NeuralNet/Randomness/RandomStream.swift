import Foundation

/// A deterministic stream of random numbers whose whole state can be saved and put back.
///
/// - Source: Blackman & Vigna, "Scrambled linear pseudorandom number generators" (xoshiro256**), seeded by SplitMix64.
package struct RandomStream: Hashable, Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64)

  init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// The stream of a seed; nearby seeds give unrelated streams.
  package init(seed: UInt64) {
    var mixer = seed
    words = (
      Self.splitMix(&mixer), Self.splitMix(&mixer), Self.splitMix(&mixer), Self.splitMix(&mixer)
    )
  }

  /// The stream of a seed for one purpose ("augmentation", "order"), independent of the seed's other purposes.
  package init(seed: UInt64, stream purpose: String) {
    // FNV-1a, 64 bits: offset basis and prime from its definition.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var mixer = seed
    self.init(seed: Self.splitMix(&mixer) ^ hash)
  }

  private static func splitMix(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  package mutating func next() -> UInt64 {
    let scrambled = words.1 &* 5
    let result = ((scrambled << 7) | (scrambled >> 57)) &* 9
    let shifted = words.1 << 17
    words.2 ^= words.0
    words.3 ^= words.1
    words.1 ^= words.2
    words.0 ^= words.3
    words.2 ^= shifted
    words.3 = (words.3 << 45) | (words.3 >> 19)
    return result
  }

  /// Uniform in [0, 1), on the grid of multiples of 2⁻²⁴.
  package mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  package mutating func uniform(in range: Range<Float>) -> Float {
    range.lowerBound + uniform() * (range.upperBound - range.lowerBound)
  }

  /// Standard normal, by Box and Muller; the second of the pair is dropped so that the state stays four words.
  package mutating func normal() -> Float {
    // (k + 1)·2⁻⁵³ lies in (0, 1], where the logarithm is finite.
    let radius = Double((next() >> 11) + 1) * 0x1p-53
    let angle = Double(next() >> 11) * 0x1p-53
    return Float((-2 * Foundation.log(radius)).squareRoot() * Foundation.cos(2 * .pi * angle))
  }

  /// Uniform in 0..<bound, without bias (Lemire's multiplication with rejection).
  package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "a bound must be positive")
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// The numbers 0..<count in random order (Fisher and Yates).
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for index in stride(from: count - 1, to: 0, by: -1) { order.swapAt(index, below(index + 1)) }
    return order
  }

  /// `count` of the indices without replacement, ascending; all of them if there are no more.
  /// - Parameter purpose: tells draws by one seed apart.
  package static func draw(_ count: Int, of indices: [Int], seed: UInt64, purpose: String) -> [Int] {
    guard count < indices.count else { return indices }
    var stream = RandomStream(seed: seed, stream: purpose)
    return stream.permutation(indices.count).prefix(count).map { indices[$0] }.sorted()
  }

  package static func == (left: RandomStream, right: RandomStream) -> Bool { left.words == right.words }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}

extension RandomStream {
  /// The whole state as 64 hexadecimal digits.
  package var state: String {
    [words.0, words.1, words.2, words.3].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// - Throws: `NeuralNetError.invalidRandomState` for anything that `state` cannot have returned.
  package init(state: String) throws {
    let digits = Array(state.utf8)
    // A sign would be taken for a number too.
    let isPlain = digits.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "f") ~= $0 }
    guard digits.count == 64, isPlain else { throw NeuralNetError.invalidRandomState(state) }
    let words = stride(from: 0, to: 64, by: 16).compactMap { start in
      UInt64(String(decoding: digits[start..<start + 16], as: UTF8.self), radix: 16)
    }
    // The all-zero state is the one fixed point of the generator.
    guard words.count == 4, words.contains(where: { $0 != 0 }) else {
      throw NeuralNetError.invalidRandomState(state)
    }
    self.init(words: (words[0], words[1], words[2], words[3]))
  }
}

extension RandomStream: Codable {
  package init(from decoder: any Decoder) throws {
    try self.init(state: decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(state)
  }
}
