import Foundations
import Kernels

/// One step of a program before its buffers have addresses.
struct Instruction {
  var name: String
  var reads: [BufferID]
  var writes: [BufferID]
  /// Makes the step, given addresses.
  var bind: (Bindings) -> Work
}

/// The addresses of a program's buffers in one arena.
struct Bindings: Sendable {
  let arena: AlignedMemory<Float>
  let layout: ArenaLayout
  let lanes: Int

  func floats(_ id: BufferID) -> UnsafeMutablePointer<Float> {
    arena.pointer + layout.offsets[id.index]
  }

  func activation(_ id: BufferID) -> Activation {
    let buffer = layout.buffers[id.index]
    guard case .activation(let images, let shape) = buffer.content else {
      preconditionFailure("buffer \(id.index) is no activation")
    }
    let root = buffer.part?.whole ?? id
    guard case .activation(_, let whole) = layout.buffers[root.index].content else {
      preconditionFailure("a part's whole is an activation")
    }
    let strides = ActivationLayout(images: images, shape: whole, halo: buffer.halo, lanes: lanes)
    let firstBlock = (buffer.part?.firstChannel ?? 0) / lanes
    return Activation(
      base: floats(root) + strides.origin + firstBlock * strides.blockStride, images: images,
      channels: shape.channels, height: shape.height, width: shape.width, halo: buffer.halo,
      imageStride: strides.imageStride, blockStride: strides.blockStride, rowStride: strides.rowStride)
  }

  /// Floats from the start of an activation's memory to its pixel (0, 0).
  func origin(of id: BufferID) -> Int {
    let buffer = layout.buffers[id.index]
    guard buffer.part == nil, case .activation(let images, let shape) = buffer.content else {
      preconditionFailure("buffer \(id.index) is no whole activation")
    }
    return ActivationLayout(images: images, shape: shape, halo: buffer.halo, lanes: lanes).origin
  }
}
