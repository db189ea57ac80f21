import Foundations
import NeuralNet

/// The published triggers before they become images: a chain of noise, each link an orthogonal basis times the last.
///
/// The first is Gaussian, scaled to length √(C·H·W), so that its values have variance 1; every basis is the orthogonal
/// factor of a Gaussian H×H matrix and multiplies each channel's plane, which keeps the length. No image of a dataset
/// looks like one of them, and no two of them are alike.
/// - Source: METHODS §4
enum OrthogonalChain {
  /// The first `count` links, each (C, H, W).
  static func links(_ count: Int, shape: ImageShape, using stream: inout RandomStream) -> [[Double]] {
    var links: [[Double]] = []
    while links.count < count {
      guard let last = links.last else {
        let drawn = (0..<shape.count).map { _ in Double(stream.normal()) }
        let length = drawn.reduce(0) { $0 + $1 * $1 }.squareRoot()
        links.append(drawn.map { $0 * Double(shape.count).squareRoot() / length })
        continue
      }
      links.append(product(basis(shape.height, using: &stream), last, shape))
    }
    return links
  }

  /// An orthogonal matrix (n, n), by rows: Gram and Schmidt's, gone through twice, which is orthogonal to rounding.
  static func basis(_ side: Int, using stream: inout RandomStream) -> [[Double]] {
    var rows: [[Double]] = []
    while rows.count < side {
      var row = (0..<side).map { _ in Double(stream.normal()) }
      for _ in 0..<2 {
        for other in rows {
          let along = dot(row, other)
          for index in 0..<side { row[index] -= along * other[index] }
        }
        let length = dot(row, row).squareRoot()
        for index in 0..<side { row[index] /= length }
      }
      rows.append(row)
    }
    return rows
  }

  private static func dot(_ left: [Double], _ right: [Double]) -> Double {
    var sum = 0.0
    for index in left.indices { sum += left[index] * right[index] }
    return sum
  }

  /// Basis (H, H) times each channel's plane (H, W).
  private static func product(_ basis: [[Double]], _ image: [Double], _ shape: ImageShape) -> [Double] {
    var result = [Double](repeating: 0, count: image.count)
    for channel in 0..<shape.channels {
      let plane = channel * shape.height * shape.width
      for (y, row) in basis.enumerated() {
        for (k, factor) in row.enumerated() {
          for x in 0..<shape.width {
            result[plane + y * shape.width + x] += factor * image[plane + k * shape.width + x]
          }
        }
      }
    }
    return result
  }
}
