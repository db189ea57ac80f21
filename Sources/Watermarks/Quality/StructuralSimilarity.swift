import Datasets
import Foundation
package import Foundations

/// SSIM: how alike the local means, contrasts and structures of two images are, 1 for equal ones.
///
/// At every place of the window that lies inside the image, with Gaussian-weighted means μ, variances σ² and covariance
/// σ_xy: (2μ_x·μ_y + C₁)(2σ_xy + C₂) / ((μ_x² + μ_y² + C₁)(σ_x² + σ_y² + C₂)); the mean over places, then over channels.
/// The window is 11 × 11 with σ = 1.5. A side below 11 has the largest odd window that fits it, with the same σ and weights
/// that sum to 1 again.
/// - Source: Wang, Bovik, Sheikh & Simoncelli 2004, equation 13 and section III-C; C₁ = (0.01·255)², C₂ = (0.03·255)²
package struct StructuralSimilarity: Sendable {
  private let shape: ImageShape
  /// Weights along x and along y; each sum to 1.
  private let across: [Double]
  private let down: [Double]
  /// The newest rows, filtered along x: x, y, x² + y² and x·y side by side, as many rows as the window is high.
  private var rows: [SIMD4<Double>]

  private static let window = 11
  private static let sigma = 1.5
  private static let c1 = (0.01 * 255) * (0.01 * 255)
  private static let c2 = (0.03 * 255) * (0.03 * 255)

  package init(_ shape: ImageShape) {
    self.shape = shape
    across = Self.weights(side: shape.width)
    down = Self.weights(side: shape.height)
    rows = [SIMD4<Double>](repeating: .zero, count: down.count * (shape.width - across.count + 1))
  }

  private static func weights(side: Int) -> [Double] {
    let reach = (min(window, side) - 1) / 2
    let bell = (-reach...reach).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    let sum = bell.reduce(0, +)
    return bell.map { $0 / sum }
  }

  /// SSIM of one pair, in [−1, 1].
  /// - Parameters:
  ///   - original: 8-bit values that hold the image (C, H, W) from `start` on.
  ///   - marked: the other image, at the same place.
  package mutating func callAsFunction(_ original: Span<UInt8>, _ marked: Span<UInt8>, from start: Int = 0) -> Double {
    let plane = shape.height * shape.width
    precondition(start >= 0 && start + shape.channels * plane <= min(original.count, marked.count), "whole images")
    var sum = 0.0
    for channel in 0..<shape.channels { sum += similarity(original, marked, from: start + channel * plane) }
    return sum / Double(shape.channels)
  }

  private mutating func similarity(_ original: Span<UInt8>, _ marked: Span<UInt8>, from start: Int) -> Double {
    let (columns, height) = (shape.width - across.count + 1, down.count)
    var line = [SIMD4<Double>](repeating: .zero, count: shape.width)
    var means = [SIMD4<Double>](repeating: .zero, count: columns)
    var sum = 0.0
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        let (a, b) = (
          Double(original[start + y * shape.width + x]), Double(marked[start + y * shape.width + x])
        )
        line[x] = SIMD4(a, b, a * a + b * b, a * b)
      }
      let newest = y % height * columns
      for x in 0..<columns {
        var filtered = SIMD4<Double>.zero
        for offset in across.indices { filtered += line[x + offset] * across[offset] }
        rows[newest + x] = filtered
      }
      guard y >= height - 1 else { continue }
      for x in 0..<columns { means[x] = .zero }
      for offset in down.indices {
        // The window's first row is the one that comes after the newest in the ring.
        let (row, weight) = ((y + 1 + offset) % height * columns, down[offset])
        for x in 0..<columns { means[x] += rows[row + x] * weight }
      }
      for x in 0..<columns { sum += Self.index(means[x]) }
    }
    return sum / Double(columns * (shape.height - height + 1))
  }

  /// The index at one place from the weighted means of x, y, x² + y² and x·y.
  private static func index(_ means: SIMD4<Double>) -> Double {
    let (product, squares) = (means.x * means.y, means.x * means.x + means.y * means.y)
    let (covariance, variances) = (means.w - product, means.z - squares)
    return (2 * product + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))
  }
}
