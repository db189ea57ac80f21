import Foundations
import Kernels

/// A convolution's weight gradient by Winograd's algorithm, in two steps: sums over tiles, and the gradient from them.
struct WinogradWeightGradient: Sendable {
  let task: WinogradTask
  let sums: BufferID
  /// A piece for each thread.
  let scratch: BufferID
  let slots: ScratchSlots
  let kernels: WinogradKernels

  func work(_ bindings: Bindings, input: BufferID, gradient: BufferID) -> Work {
    let (x, g) = (bindings.activation(input), bindings.activation(gradient))
    let (total, memory) = (bindings.floats(sums), bindings.floats(scratch))
    let count = ScratchSlots.piece(kernels.weightGradientScratchCount(task))
    let (task, slots, sum) = (task, slots, kernels.sumWeightGradient)
    return Work(units: kernels.weightGradientUnits(task)) { units in
      let slot = slots.claim()
      sum(task, x, g, total, memory + slot * count, units)
      slots.release(slot)
    }
  }
}

extension Lowering {
  /// Winograd's algorithm for the gradient of a convolution's weights, where that is faster than the direct kernel.
  mutating func winogradGradient(_ shape: ConvolutionShape, _ output: Value) -> WinogradWeightGradient? {
    guard
      let task = WinogradTask.fastest(
        shape, for: .weightGradient, images: graph.batch, height: output.shape.height, width: output.shape.width,
        isTrained: true)
    else { return nil }
    let count = ScratchSlots.piece(table.winograd.weightGradientScratchCount(task))
    return WinogradWeightGradient(
      task: task, sums: builder.flat(count: table.winograd.weightGradientSumsCount(task)),
      scratch: builder.flat(count: count * scratchSlots.count), slots: scratchSlots, kernels: table.winograd)
  }

  /// Emits the second step.
  mutating func finish(_ winograd: WinogradWeightGradient, _ target: ParameterGradient) {
    let (task, finish) = (winograd.task, table.winograd.finishWeightGradient)
    builder.emit("weight gradient", reads: [winograd.sums], writes: [target.scratch].compactMap(\.self)) { bindings in
      let (sums, gradient) = (bindings.floats(winograd.sums), target.pointer(bindings))
      return Work(units: task.inputs) { finish(task, sums, gradient, $0) }
    }
  }
}
