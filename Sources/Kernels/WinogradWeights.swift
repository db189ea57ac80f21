/// Transformed weights, G w Gᵀ, in the order in which `Winograd` reads them: (point, pair of destination blocks, source
/// channel, two destination vectors). An odd last block packs one vector where pairs pack two; destination channels
/// past the last are zero.
@usableFromInline
enum WinogradWeights<V: Lanes, T: WinogradTransform> {
  @inlinable @inline(__always)
  static func count(from inputs: Int, to outputs: Int) -> Int {
    T.products &* pointStride(from: inputs, to: outputs)
  }

  /// Floats from one point to the next, a cache line more than its weights take: those of one channel would fall into
  /// the same cache sets else.
  @inlinable @inline(__always)
  static func pointStride(from inputs: Int, to outputs: Int) -> Int {
    (outputs &+ V.scalarCount &- 1) / V.scalarCount &* V.scalarCount &* inputs &+ 16
  }

  /// Units are pairs of destination blocks.
  @inlinable @inline(__always)
  static func units(to outputs: Int) -> Int {
    (outputs &+ 2 &* V.scalarCount &- 1) / (2 &* V.scalarCount)
  }

  /// Packs (O, I, 3, 3) for the forward pass or, turned by 180° and with the roles of the channels changed, for the
  /// gradient of the input.
  @inlinable
  static func pack(
    _ shape: ConvolutionShape, _ isBackward: Bool, _ weights: UnsafePointer<Float>,
    _ packed: UnsafeMutablePointer<Float>, _ units: Range<Int>
  ) {
    let lanes = V.scalarCount
    let outputs = isBackward ? shape.inputChannels : shape.outputChannels
    let inputs = isBackward ? shape.outputChannels : shape.inputChannels
    let outputStep = isBackward ? 9 : 9 &* shape.inputChannels
    let inputStep = isBackward ? 9 &* shape.inputChannels : 9
    let pointStep = pointStride(from: inputs, to: outputs)
    var storage = InlineArray<63, V>(repeating: V.zero)
    withUnsafeMutableBytes(of: &storage) { bytes in
      guard let taps = bytes.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
      let half = taps + 9 &* lanes
      let whole = half + 18 &* lanes
      for pair in units {
        let vectors = min(2, (outputs &+ lanes &- 1) / lanes &- 2 &* pair)
        var next = packed + 2 &* pair &* lanes &* inputs
        for input in 0..<inputs {
          for vector in 0..<vectors {
            let channel = (2 &* pair &+ vector) &* lanes
            let real = min(lanes, outputs &- channel)
            let source = weights + channel &* outputStep + input &* inputStep
            for tap in 0..<9 {
              let from = source + (isBackward ? 8 &- tap : tap)
              for lane in 0..<real { taps[tap &* lanes &+ lane] = from[lane &* outputStep] }
              for lane in real..<lanes { taps[tap &* lanes &+ lane] = 0 }
            }
            for column in 0..<3 {
              T.weights(taps + column &* lanes, 3 &* lanes, half + column &* lanes, 3 &* lanes, V.self)
            }
            for row in 0..<T.points {
              T.weights(half + 3 &* row &* lanes, lanes, whole + row &* T.points &* lanes, lanes, V.self)
            }
            for point in 0..<T.products {
              V.load(whole + point &* lanes).store(next + point &* pointStep + vector &* lanes)
            }
          }
          next += vectors &* lanes
        }
      }
    }
  }
}
