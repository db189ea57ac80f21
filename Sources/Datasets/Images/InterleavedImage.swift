package import Foundations

/// An 8-bit image, grey or RGB, whose channels lie side by side.
package protocol InterleavedImage: Sendable, Equatable {
  var width: Int { get }
  var height: Int { get }
  /// 1 (grey) or 3 (RGB).
  var channels: Int { get }
  /// (H, W, C), row-major.
  var pixels: [UInt8] { get }

  init(width: Int, height: Int, channels: Int, pixels: [UInt8])
}

extension InterleavedImage {
  package var shape: ImageShape { ImageShape(channels: channels, height: height, width: width) }

  /// From (C, H, W) pixels, `shape.bytes` of them.
  package init(planar: some Collection<UInt8>, shape: ImageShape) {
    precondition(planar.count == shape.bytes)
    let source = Array(planar)
    let area = shape.height * shape.width
    var pixels: [UInt8] = []
    pixels.reserveCapacity(source.count)
    for position in 0..<area {
      for channel in 0..<shape.channels { pixels.append(source[channel * area + position]) }
    }
    self.init(width: shape.width, height: shape.height, channels: shape.channels, pixels: pixels)
  }

  /// The pixels as (C, H, W).
  package func planar() -> [UInt8] {
    let (source, channels) = (pixels, channels)
    var planar: [UInt8] = []
    planar.reserveCapacity(source.count)
    for channel in 0..<channels {
      for position in stride(from: channel, to: source.count, by: channels) { planar.append(source[position]) }
    }
    return planar
  }
}
