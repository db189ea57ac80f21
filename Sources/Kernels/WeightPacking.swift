/// Weights in the order in which `TapKernel` reads them: (pair of destination blocks, phase, source block, tap, source
/// lane, two destination vectors). An odd last block packs one vector where pairs pack two; destination channels past
/// the last are zero, source channels past the last do not exist.
@usableFromInline
enum WeightPacking<V: Lanes> {
  @inlinable @inline(__always)
  static func pairStride(_ shape: ConvolutionShape, inputs: Int) -> Int {
    2 &* V.scalarCount &* inputs &* shape.kernelHeight &* shape.kernelWidth
  }

  @inlinable
  static func forwardCount(_ shape: ConvolutionShape) -> Int {
    count(shape, from: shape.inputChannels, to: shape.outputChannels)
  }

  @inlinable
  static func backwardCount(_ shape: ConvolutionShape) -> Int {
    count(shape, from: shape.outputChannels, to: shape.inputChannels)
  }

  @inlinable @inline(__always)
  static func count(_ shape: ConvolutionShape, from inputs: Int, to outputs: Int) -> Int {
    let lanes = V.scalarCount
    return (outputs &+ lanes &- 1) / lanes &* lanes &* inputs &* shape.kernelHeight &* shape.kernelWidth
  }

  /// Weights are (O, I, kH, kW).
  @inlinable
  static func forward(
    _ shape: ConvolutionShape, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>
  ) {
    let taps = shape.kernelHeight &* shape.kernelWidth
    pack(
      shape, weights, packed, outputs: shape.outputChannels, outputStep: shape.inputChannels &* taps,
      inputs: shape.inputChannels, inputStep: taps, phases: 1)
  }

  @inlinable
  static func backward(
    _ shape: ConvolutionShape, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>
  ) {
    let taps = shape.kernelHeight &* shape.kernelWidth
    pack(
      shape, weights, packed, outputs: shape.inputChannels, outputStep: taps,
      inputs: shape.outputChannels, inputStep: shape.inputChannels &* taps, phases: shape.stride)
  }

  /// Output and input are the destination's and the source's channels; `phases` is the stride where the destination is
  /// the convolution's input, else 1.
  @inlinable
  static func pack(
    _ shape: ConvolutionShape, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>,
    outputs: Int, outputStep: Int, inputs: Int, inputStep: Int, phases: Int
  ) {
    let lanes = V.scalarCount
    let blocks = (outputs &+ lanes &- 1) / lanes
    var next = packed
    for firstBlock in stride(from: 0, to: blocks, by: 2) {
      let width = min(2, blocks &- firstBlock) &* lanes
      let channel = firstBlock &* lanes
      let real = min(width, outputs &- channel)
      for rowPhase in 0..<phases {
        let row = phases == 1 ? 0 : TapPhase(rowPhase, shape.kernelHeight, shape).first
        for columnPhase in 0..<phases {
          let column = phases == 1 ? 0 : TapPhase(columnPhase, shape.kernelWidth, shape).first
          for inputBlock in stride(from: 0, to: inputs, by: lanes) {
            for y in stride(from: row, to: shape.kernelHeight, by: phases) {
              for x in stride(from: column, to: shape.kernelWidth, by: phases) {
                let tap = weights + channel &* outputStep + y &* shape.kernelWidth + x
                for input in inputBlock..<min(inputs, inputBlock &+ lanes) {
                  var source = tap + input &* inputStep
                  for lane in 0..<real {
                    next[lane] = source.pointee
                    source += outputStep
                  }
                  for lane in real..<width { next[lane] = 0 }
                  next += width
                }
              }
            }
          }
        }
      }
    }
  }
}
