import Kernels

/// A batch norm with constant statistics that follows no convolution, as x·scale + shift.
final class FrozenNorm: @unchecked Sendable {
  let scale: AlignedMemory<Float>
  let shift: AlignedMemory<Float>
  /// For the two terms of the gradient that constant statistics do not have.
  let zero: AlignedMemory<Float>
  private let norm: BatchNormParameters
  private let store: ParameterStore
  private let channels: Int

  init(_ norm: BatchNormParameters, channels: Int, padded: Int, in store: ParameterStore) {
    self.norm = norm
    self.store = store
    self.channels = channels
    scale = AlignedMemory(count: padded)
    shift = AlignedMemory(count: padded)
    zero = AlignedMemory(count: padded)
  }

  func prepare() {
    for channel in 0..<channels {
      (scale.pointer[channel], shift.pointer[channel]) = norm.factors(of: channel, in: store)
    }
  }
}

extension Lowering {
  private mutating func frozen(_ norm: BatchNormParameters, channels: Int) -> FrozenNorm {
    if let known = frozenNorms[norm] { return known }
    let frozen = FrozenNorm(
      norm, channels: channels, padded: builder.padded(channels), in: stores[norm.scale.network])
    frozenNorms[norm] = frozen
    return frozen
  }

  mutating func lowerFrozenNorm(_ norm: BatchNormParameters, _ fused: FusedNode) {
    let frozen = frozen(norm, channels: fused.output.channels)
    let input = buffer(of: fused.node.inputs[0])
    let addend = fused.addend.map { buffer(of: $0) }
    let output = newBuffer(for: fused.output)
    let (scaleShift, rectifies) = (table.scaleShift, fused.rectifies)
    builder.emit("normalise", reads: [input] + [addend].compactMap(\.self), writes: [output]) { bindings in
      let (x, y) = (bindings.activation(input), bindings.activation(output))
      let sum = addend.map { bindings.activation($0) }
      return Work(units: x.images) { scaleShift(x, frozen.scale.pointer, frozen.shift.pointer, sum, rectifies, y, $0) }
    }
  }

  mutating func lowerFrozenNormGradient(_ norm: BatchNormParameters, _ fused: FusedNode, _ gradient: BufferID) {
    let frozen = frozen(norm, channels: fused.output.channels)
    let mask = maskForNorm(fused, gradient)
    let input = buffer(of: fused.node.inputs[0])
    if let target = gradientTarget(of: fused.node.inputs[0]) {
      let inputGradient = table.batchNormInputGradient
      builder.emit(
        "frozen norm gradient",
        reads: [input, gradient] + [mask, target.accumulate ? target.buffer : nil].compactMap(\.self),
        writes: [target.buffer]
      ) { bindings in
        let (x, g, gx) = (
          bindings.activation(input), bindings.activation(gradient), bindings.activation(target.buffer)
        )
        let y = mask.map { bindings.activation($0) }
        let (scale, zero) = (frozen.scale.pointer, frozen.zero.pointer)
        return Work(units: x.images) { units in
          // `frozen` owns the vectors.
          withExtendedLifetime(frozen) { inputGradient(x, y, g, zero, scale, zero, zero, target.accumulate, gx, units) }
        }
      }
    }
    if let addend = fused.addend { donate(gradient, to: addend) }
  }
}
