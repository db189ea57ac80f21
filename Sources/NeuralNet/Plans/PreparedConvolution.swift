import Kernels

/// A convolution's weights as kernels want them.
final class PreparedConvolution: @unchecked Sendable {
  /// Which kernel reads the weights.
  enum Packing: Hashable {
    case forward
    /// For the gradient of the input.
    case backward
    case winograd(WinogradSize, isBackward: Bool)
  }

  /// The folded bias; nil when the layer's own, if any, is used.
  let foldedBias: AlignedMemory<Float>?
  let shape: ConvolutionShape
  let isTransposed: Bool
  private var packings: [(packing: Packing, memory: AlignedMemory<Float>)] = []
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
    foldedBias = folded == nil ? nil : AlignedMemory(count: shape.outputChannels)
  }

  /// Where the weights will be packed for a kernel; asked for while a plan is made.
  func packed(_ packing: Packing) -> AlignedMemory<Float> {
    if let known = packings.first(where: { $0.packing == packing }) { return known.memory }
    let count =
      switch packing {
      case .forward: isTransposed ? table.packedBackwardCount(shape.mirrored) : table.packedForwardCount(shape)
      case .backward: isTransposed ? table.packedForwardCount(shape.mirrored) : table.packedBackwardCount(shape)
      case .winograd(let size, let isBackward): table.winograd.packedCount(size, shape, isBackward)
      }
    let memory = AlignedMemory<Float>(count: count)
    packings.append((packing, memory))
    return memory
  }

  /// What the kernels add per channel.
  var biasPointer: UnsafePointer<Float>? {
    if let foldedBias { return UnsafePointer(foldedBias.pointer) }
    return bias.map { UnsafePointer(store.pointer(to: $0)) }
  }

  /// Whether the weights change, and are packed before every step.
  var isTrained: Bool { store.isTrained }

  /// Packs the weights as they are now, on one thread: those of a frozen network.
  func prepare() {
    if let folded {
      fold(folded).withUnsafeBufferPointer { weights in
        guard let base = weights.baseAddress else { return }
        for work in works({ base }) { work.body(0..<work.units) }
      }
    } else {
      for work in preparation { work.body(0..<work.units) }
    }
  }

  /// Packs the weights of a trained network.
  var preparation: [Work] {
    let (store, weight) = (store, weight)
    return works { UnsafePointer(store.pointer(to: weight)) }
  }

  private func works(_ weights: @escaping () -> UnsafePointer<Float>) -> [Work] {
    let (table, shape) = (table, shape)
    return packings.map { packing, memory in
      switch packing {
      case .forward:
        let pack = isTransposed ? table.packTransposedForward : table.packForward
        return .single { pack(shape, weights(), memory.pointer) }
      case .backward:
        let pack = isTransposed ? table.packTransposedBackward : table.packBackward
        return .single { pack(shape, weights(), memory.pointer) }
      case .winograd(let size, let isBackward):
        let pack = table.winograd.pack
        return Work(units: table.winograd.packingUnits(shape, isBackward)) { units in
          pack(size, shape, isBackward, weights(), memory.pointer, units)
        }
      }
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
