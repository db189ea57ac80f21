import Foundations
import Kernels

/// A convolution that Winograd's algorithm computes, with its transformed weights and its scratch memory.
struct WinogradConvolution: Sendable {
  let task: WinogradTask
  let packed: AlignedMemory<Float>
  /// A piece for each thread.
  let scratch: BufferID
  let slots: ScratchSlots
  let kernels: WinogradKernels

  func work(
    _ bindings: Bindings, from source: BufferID, bias: PreparedConvolution?, addend: BufferID?, rectifies: Bool,
    accumulates: Bool, to destination: BufferID
  ) -> Work {
    let (x, y) = (bindings.activation(source), bindings.activation(destination))
    let sum = addend.map { bindings.activation($0) }
    let memory = bindings.floats(scratch)
    let count = ScratchSlots.piece(kernels.scratchCount(task))
    let (task, packed, slots, convolve) = (task, packed, slots, kernels.convolve)
    return Work(units: kernels.units(task)) { units in
      let slot = slots.claim()
      convolve(
        task, x, packed.pointer, bias?.biasPointer, sum, rectifies, accumulates, y, memory + slot * count, units)
      slots.release(slot)
    }
  }
}

extension Lowering {
  /// Winograd's algorithm for a convolution into `destination`, or for the gradient with respect to it, where that is
  /// faster than the direct kernel.
  mutating func winograd(
    _ prepared: PreparedConvolution, isBackward: Bool, _ destination: Value
  ) -> WinogradConvolution? {
    guard
      let task = WinogradTask.fastest(
        prepared.shape, for: isBackward ? .inputGradient : .output, images: graph.batch,
        height: destination.shape.height, width: destination.shape.width, isTrained: prepared.isTrained)
    else { return nil }
    let count = ScratchSlots.piece(table.winograd.scratchCount(task))
    return WinogradConvolution(
      task: task, packed: prepared.packed(.winograd(task.size, isBackward: isBackward)),
      scratch: builder.flat(count: count * scratchSlots.count), slots: scratchSlots, kernels: table.winograd)
  }
}
