import Foundations
import Kernels

/// A buffer of a program that is still being built.
struct BufferID: Hashable, Sendable {
  var index: Int
}

/// What a buffer holds, before it has an address.
struct Buffer: Sendable {
  enum Content: Hashable, Sendable {
    /// (N, C, H, W) in the kernels' blocked layout.
    case activation(images: Int, shape: ImageShape)
    /// A run of floats.
    case flat(count: Int)
  }

  /// A buffer that is some of the channels of another one.
  struct Part: Hashable, Sendable {
    var whole: BufferID
    /// A multiple of the lanes.
    var firstChannel: Int
  }

  var content: Content
  /// The most that any kernel which reads the buffer asks for.
  var halo = 0
  var part: Part?
}

/// Sizes and strides of an activation, in floats.
struct ActivationLayout: Hashable, Sendable {
  let blocks: Int
  let rowStride: Int
  let blockStride: Int
  let imageStride: Int
  /// Of pixel (0, 0) from the start of the memory.
  let origin: Int
  /// With the halo and with `slack`.
  let count: Int

  /// Kernels may read, never write, one register tile past the last row; 1 KiB covers the widest tile.
  static let slack = 256

  init(images: Int, shape: ImageShape, halo: Int, lanes: Int) {
    blocks = (shape.channels + lanes - 1) / lanes
    rowStride = (shape.width + 2 * halo) * lanes
    blockStride = (shape.height + 2 * halo) * rowStride
    imageStride = blocks * blockStride
    origin = halo * rowStride + halo * lanes
    count = images * imageStride + Self.slack
  }
}
