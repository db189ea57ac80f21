import Kernels

/// A convolution's weights as kernels want them.
final class PreparedConvolution: @unchecked Sendable {
  let forward: AlignedMemory<Float>
  /// For the gradient of the input, where one is asked for.
  private(set) var backward: AlignedMemory<Float>?
  /// The folded bias; nil when the layer's own, if any, is used.
  let foldedBias: AlignedMemory<Float>?
  let shape: ConvolutionShape
  let isTransposed: Bool
  private let table: KernelTable
  private let store: ParameterStore
  private let weight: Int
  private let bias: Int?
  private let folded: BatchNormParameters?

  init(
    _ shape: ConvolutionShape, isTransposed: Bool, weight: Int, bias: Int?, folded: BatchNormParameters?,
    in store: ParameterStore, table: KernelTable
  ) {
    self.shape = shape
    self.isTransposed = isTransposed
    self.table = table
    self.store = store
    self.weight = weight
    self.bias = bias
    self.folded = folded
    forward = AlignedMemory(
      count: isTransposed ? table.packedBackwardCount(shape.mirrored) : table.packedForwardCount(shape))
    foldedBias = folded == nil ? nil : AlignedMemory(count: shape.outputChannels)
  }

  func wantBackward() {
    guard backward == nil else { return }
    backward = AlignedMemory(
      count: isTransposed ? table.packedForwardCount(shape.mirrored) : table.packedBackwardCount(shape))
  }

  /// What the kernels add per channel.
  var biasPointer: UnsafePointer<Float>? {
    if let foldedBias { return UnsafePointer(foldedBias.pointer) }
    return bias.map { UnsafePointer(store.pointer(to: $0)) }
  }

  /// Packs the weights as they are now; called before every step of a trained network, once for a frozen one.
  func prepare() {
    if let folded {
      let weights = fold(folded)
      weights.withUnsafeBufferPointer { weights in
        if let base = weights.baseAddress { pack(base) }
      }
    } else {
      pack(store.pointer(to: weight))
    }
  }

  private func pack(_ weights: UnsafePointer<Float>) {
    if isTransposed {
      table.packTransposedForward(shape, weights, forward.pointer)
      if let backward { table.packTransposedBackward(shape, weights, backward.pointer) }
    } else {
      table.packForward(shape, weights, forward.pointer)
      if let backward { table.packBackward(shape, weights, backward.pointer) }
    }
  }

  /// W·s and (bias − mean)·s + shift per output channel, with s = scale/√(variance + ε).
  private func fold(_ norm: BatchNormParameters) -> [Float] {
    guard let foldedBias else { preconditionFailure("a folded convolution has a bias") }
    precondition(!isTransposed, "only plain convolutions are folded")
    let perChannel = shape.inputChannels * shape.kernelHeight * shape.kernelWidth
    let source = store.pointer(to: weight)
    var weights = Array(repeating: Float(0), count: shape.outputChannels * perChannel)
    for channel in 0..<shape.outputChannels {
      let factors = norm.factors(of: channel, in: store)
      let first = channel * perChannel
      for index in first..<first + perChannel { weights[index] = source[index] * factors.scale }
      let own = bias.map { store.pointer(to: $0)[channel] } ?? 0
      foldedBias.pointer[channel] = own * factors.scale + factors.shift
    }
    return weights
  }
}

extension BatchNormParameters {
  /// A batch norm with constant statistics as x·scale + shift, per channel.
  func factors(of channel: Int, in store: ParameterStore) -> (scale: Float, shift: Float) {
    let variance = store.pointer(to: self.variance.declaration)[channel]
    let mean = store.pointer(to: self.mean.declaration)[channel]
    let factor = store.pointer(to: scale.declaration)[channel] / (variance + epsilon).squareRoot()
    return (factor, store.pointer(to: shift.declaration)[channel] - mean * factor)
  }
}

extension ConvolutionShape {
  /// The convolution that a transposed one runs backwards; its packed weights are the other's.
  var mirrored: ConvolutionShape {
    var mirror = self
    (mirror.inputChannels, mirror.outputChannels) = (outputChannels, inputChannels)
    return mirror
  }
}
