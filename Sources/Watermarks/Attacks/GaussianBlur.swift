import Datasets
import Foundation
package import Foundations

/// Convolves images with a Gaussian of ⌈3σ⌉ pixels each way; past the border the border's pixel counts again. Values are
/// rounded to 8 bits after both directions.
package struct GaussianBlur: Sendable {
  private let shape: ImageShape
  /// From −r to r; they sum to 1.
  private let weights: [Double]

  /// - Parameter sigma: σ in pixels, > 0.
  package init(_ shape: ImageShape, sigma: Double) {
    precondition(sigma > 0, "a blur has a width")
    self.shape = shape
    let reach = Int((3 * sigma).rounded(.up))
    let bell = (-reach...reach).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    let sum = bell.reduce(0, +)
    weights = bell.map { $0 / sum }
  }

  /// - Parameter images: (count, C, H, W).
  package func callAsFunction(_ images: [UInt8], count: Int) -> [UInt8] {
    precondition(images.count == count * shape.bytes, "whole images")
    let (height, width, reach) = (shape.height, shape.width, weights.count / 2)
    var output: [UInt8] = []
    output.reserveCapacity(images.count)
    var middle = [Double](repeating: 0, count: height * width)
    for plane in 0..<count * shape.channels {
      let start = plane * height * width
      for y in 0..<height {
        for x in 0..<width {
          var sum = 0.0
          for (offset, weight) in weights.enumerated() {
            sum += weight * Double(images[start + y * width + min(max(x + offset - reach, 0), width - 1)])
          }
          middle[y * width + x] = sum
        }
      }
      for y in 0..<height {
        for x in 0..<width {
          var sum = 0.0
          for (offset, weight) in weights.enumerated() {
            sum += weight * middle[min(max(y + offset - reach, 0), height - 1) * width + x]
          }
          output.append(UInt8(max(0, min(255, sum.rounded()))))
        }
      }
    }
    return output
  }
}
