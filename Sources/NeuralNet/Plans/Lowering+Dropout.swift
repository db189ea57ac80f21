import Kernels

extension Lowering {
  /// A network that does not learn drops nothing, and its value is the input itself.
  mutating func lowerDropout(_ rate: Float, _ fused: FusedNode) {
    let input = buffer(of: fused.node.inputs[0])
    guard isTrained(fused.node) || buffers[fused.output.index] != nil else {
      buffers[fused.output.index] = input
      return
    }
    let output = newBuffer(for: fused.output)
    emitDropout("dropout", rate, fused, from: input, to: output, accumulate: false)
  }

  mutating func lowerDropoutGradient(_ rate: Float, _ fused: FusedNode, _ gradient: BufferID) {
    let input = fused.node.inputs[0]
    guard isTrained(fused.node) else { return donate(gradient, to: input) }
    guard let target = gradientTarget(of: input) else { return }
    emitDropout(
      "dropout gradient", rate, fused, from: gradient, to: target.buffer, accumulate: target.accumulate)
  }

  private mutating func emitDropout(
    _ name: String, _ rate: Float, _ fused: FusedNode, from input: BufferID, to output: BufferID, accumulate: Bool
  ) {
    let (kernel, state) = (table.dropout, dropout)
    let rate = isTrained(fused.node) ? rate : 0
    // Named by its place in the graph: two applications of one network drop different elements.
    var stream = RandomStream(seed: state.seed, stream: "dropout \(fused.output.index)")
    let base = stream.next()
    builder.emit(name, reads: [input] + (accumulate ? [output] : []), writes: [output]) { bindings in
      let (x, y) = (bindings.activation(input), bindings.activation(output))
      return Work(units: x.images) { kernel(x, state.key(base), rate, accumulate, y, $0) }
    }
  }
}
