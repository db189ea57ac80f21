package import Foundations

/// Scales images with a triangle filter that widens as they shrink, so that nothing is skipped (as common image
/// libraries do for "bilinear" with antialiasing). Values are rounded to 8 bits after both directions.
package struct ImageResampling: Sendable {
  private let source: ImageShape
  private let target: ImageShape
  private let rows: ArraySlice<Taps>
  private let columns: ArraySlice<Taps>

  /// What one output position reads: a run of input positions with weights that sum to 1.
  private struct Taps {
    var first: Int
    var weights: [Double]
  }

  /// - Parameters:
  ///   - source: shape of the images.
  ///   - height, width: of the result, at least 1.
  package init(from source: ImageShape, height: Int, width: Int) {
    precondition(height >= 1 && width >= 1, "an image has pixels")
    self.source = source
    target = ImageShape(channels: source.channels, height: height, width: width)
    rows = Self.taps(from: source.height, to: height)[...]
    columns = Self.taps(from: source.width, to: width)[...]
  }

  /// As training on pictures of many sizes commonly begins: until the picture just covers the target, the shorter side of a
  /// square one, then the middle.
  /// - Parameter target: with as many channels.
  package init(from source: ImageShape, covering target: ImageShape) {
    precondition(source.channels == target.channels, "resizing changes no colours")
    self.source = source
    self.target = target
    let byHeight = target.height * source.width >= target.width * source.height
    let height = byHeight ? target.height : source.height * target.width / source.width
    let width = byHeight ? source.width * target.height / source.height : target.width
    let (top, left) = ((height - target.height) / 2, (width - target.width) / 2)
    rows = Self.taps(from: source.height, to: height)[top..<top + target.height]
    columns = Self.taps(from: source.width, to: width)[left..<left + target.width]
  }

  private static func taps(from extent: Int, to count: Int) -> [Taps] {
    let scale = Double(extent) / Double(count)
    let reach = max(1, scale)
    return (0..<count).map { position in
      let centre = (Double(position) + 0.5) * scale
      let first = max(0, Int((centre - reach).rounded(.down)))
      let last = min(extent - 1, Int((centre + reach).rounded(.up)))
      let weights = (first...last).map { max(0, 1 - abs((Double($0) + 0.5 - centre) / reach)) }
      let sum = weights.reduce(0, +)
      return Taps(first: first, weights: weights.map { $0 / sum })
    }
  }

  /// - Parameter images: (count, C, H, W).
  package func callAsFunction(_ images: [UInt8], count: Int) -> [UInt8] {
    precondition(images.count == count * source.bytes, "whole images")
    var output: [UInt8] = []
    output.reserveCapacity(count * target.bytes)
    var middle = [Double](repeating: 0, count: source.height * target.width)
    for plane in 0..<count * source.channels {
      let start = plane * source.height * source.width
      for y in 0..<source.height {
        for (x, taps) in columns.enumerated() {
          var sum = 0.0
          for (offset, weight) in taps.weights.enumerated() {
            sum += weight * Double(images[start + y * source.width + taps.first + offset])
          }
          middle[y * target.width + x] = sum
        }
      }
      for taps in rows {
        for x in 0..<target.width {
          var sum = 0.0
          for (offset, weight) in taps.weights.enumerated() {
            sum += weight * middle[(taps.first + offset) * target.width + x]
          }
          output.append(UInt8(max(0, min(255, sum.rounded()))))
        }
      }
    }
    return output
  }
}
