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

/// What decides which elements the dropouts of a plan drop: its seed and the number of steps taken.
///
/// Programs hold the object and read the step when they run, so that a restored training drops the same elements.
final class DropoutState: @unchecked Sendable {
  let seed: UInt64
  var step = 0

  init(seed: UInt64) { self.seed = seed }

  /// The key of one dropout in this step, from the key that it has for the whole plan.
  func key(_ base: UInt64) -> UInt64 {
    // An odd multiplier: every step has a key of its own. Its bits are those of the square root of 2.
    base &+ UInt64(truncatingIfNeeded: step) &* 0x6a09_e667_f3bc_c909
  }
}
