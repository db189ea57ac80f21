import Kernels

extension Lowering {
  /// A vector of constants, padded with zeros to whole blocks.
  func constants(_ values: [Float]) -> AlignedMemory<Float> {
    let memory = AlignedMemory<Float>(count: builder.padded(values.count))
    memory.store(values.span)
    return memory
  }

  mutating func lowerAffine(_ scale: [Float], _ shift: [Float], _ fused: FusedNode) {
    let input = buffer(of: fused.node.inputs[0])
    let output = newBuffer(for: fused.output)
    let (scale, shift, scaleShift) = (constants(scale), constants(shift), table.scaleShift)
    builder.emit("affine", reads: [input], writes: [output]) { bindings in
      let (x, y) = (bindings.activation(input), bindings.activation(output))
      return Work(units: x.images) { scaleShift(x, scale.pointer, shift.pointer, nil, false, y, $0) }
    }
  }

  mutating func lowerAffineGradient(_ scale: [Float], _ fused: FusedNode, _ gradient: BufferID) {
    guard let target = gradientTarget(of: fused.node.inputs[0]) else { return }
    let (zero, kernel) = (constants(scale.map { _ in 0 }), table.batchNormInputGradient)
    let scale = constants(scale)
    builder.emit(
      "affine gradient", reads: [gradient] + (target.accumulate ? [target.buffer] : []), writes: [target.buffer]
    ) { bindings in
      let (g, gx) = (bindings.activation(gradient), bindings.activation(target.buffer))
      // The kernel's terms in the input have the factor zero, so any numbers do for it.
      return Work(units: g.images) { units in
        let (a, none) = (scale.pointer, zero.pointer)
        withExtendedLifetime((scale, zero)) { kernel(g, nil, g, none, a, none, none, target.accumulate, gx, units) }
      }
    }
  }

  /// The gradient of an operation that depends on sizes only.
  mutating func lowerResizingGradient(
    _ name: String, _ kernel: @escaping @Sendable (Activation, Bool, Activation, Range<Int>) -> Void,
    _ fused: FusedNode, _ gradient: BufferID
  ) {
    guard let target = gradientTarget(of: fused.node.inputs[0]) else { return }
    builder.emit(
      name, reads: [gradient] + (target.accumulate ? [target.buffer] : []), writes: [target.buffer]
    ) { bindings in
      let (g, gx) = (bindings.activation(gradient), bindings.activation(target.buffer))
      return Work(units: g.images) { kernel(g, target.accumulate, gx, $0) }
    }
  }
}
