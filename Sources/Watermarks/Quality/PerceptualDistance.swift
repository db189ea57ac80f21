package import Datasets
package import NeuralNet

/// How far marked images look from their originals: LPIPS, gathered batch by batch.
/// - Source: METHODS §6
package final class PerceptualDistance {
  /// What is reported.
  package struct Summary: Codable, Sendable, Equatable {
    /// "LPIPS v0.1".
    package var measure: String
    /// The trunk's network and the fingerprint of its weights and heads.
    package var trunk: String
    package var weights: String
    package var images: Int
    /// LPIPS of a pair, 0 for equal images; 0 without images.
    package var mean: Double
    package var largest: Double
    /// The size at which images were compared; larger than theirs where they were interpolated first.
    package var comparedHeight: Int
    package var comparedWidth: Int
    package var isInterpolated: Bool
  }

  package static let measure = "LPIPS v0.1"

  private let plan: LPIPSPlan
  private let metric: LPIPS
  private let shape: NeuralNet.ImageShape
  private var images = 0
  private var sum = 0.0
  private var largest = 0.0

  /// - Parameters:
  ///   - shape: Of the images, grey or RGB.
  ///   - batch: Pairs in one pass; the distances do not depend on it.
  /// - Throws: `NeuralNetError.invalidDefinition` for images of another number of channels.
  package init(_ metric: LPIPS, shape: Datasets.ImageShape, batch: Int = 16, threads: Int) throws {
    self.metric = metric
    self.shape = NeuralNet.ImageShape(shape)
    plan = try LPIPSPlan(metric, shape: self.shape, batch: batch, threads: threads)
  }

  /// Adds `count` pairs given as 8-bit values, (count, C, H, W) each; their distances in order.
  @discardableResult
  package func add(originals: [UInt8], marked: [UInt8], images count: Int) -> [Double] {
    let distances = plan.distances(originals.span, marked.span, count: count)
    images += count
    for distance in distances {
      sum += distance
      largest = max(largest, distance)
    }
    return distances
  }

  package var summary: Summary {
    let size = LPIPS.size(of: shape)
    return Summary(
      measure: Self.measure, trunk: metric.trunk.rawValue, weights: metric.fingerprint, images: images,
      mean: images == 0 ? 0 : sum / Double(images), largest: largest, comparedHeight: size.height,
      comparedWidth: size.width, isInterpolated: size != (shape.height, shape.width))
  }
}

extension LPIPS {
  /// What a training names its perceptual loss: LPIPS with trunk and weights, or a feature distance where it has no
  /// weights.
  package static func termName(_ metric: LPIPS?) -> String {
    guard let metric else { return "feature distance" }
    return "\(PerceptualDistance.measure) \(metric.trunk.rawValue) \(metric.fingerprint)"
  }
}
