import Kernels

extension Lowering {
  mutating func lowerFlatten(_ fused: FusedNode) {
    let input = buffer(of: fused.node.inputs[0])
    let output = newBuffer(for: fused.output)
    emitReshape("flatten", from: input, to: output, count: fused.output.channels)
  }

  mutating func lowerFlattenGradient(_ fused: FusedNode, _ gradient: BufferID) {
    let input = fused.node.inputs[0]
    guard needsGradient[input.index] else { return }
    // An import overwrites, so a second contribution takes a way round.
    let reshaped = builder.activation(images: graph.batch, shape: input.shape)
    emitReshape("flatten gradient", from: gradient, to: reshaped, count: fused.output.channels)
    donate(reshaped, to: input)
  }

  /// Blocked → row-major floats → blocked in the other shape.
  private mutating func emitReshape(_ name: String, from input: BufferID, to output: BufferID, count: Int) {
    let rows = builder.flat(count: graph.batch * count)
    let (exportFloats, importFloats) = (table.exportFloats, table.importFloats)
    builder.emit(name, reads: [input], writes: [rows, output]) { bindings in
      let (x, y, floats) = (bindings.activation(input), bindings.activation(output), bindings.floats(rows))
      return Work(units: x.images) { units in
        exportFloats(x, floats, units)
        importFloats(floats, y, units)
      }
    }
  }
}
