import Datasets
package import Foundations
package import Networks

/// How far marked images look from their originals, gathered batch by batch: LPIPS, or the feature distance on a
/// classifier where there are no weights of LPIPS.
/// - Source: METHODS §6
package final class PerceptualDistance {
  /// What is reported.
  package struct Summary: Codable, Sendable, Equatable {
    /// "LPIPS v0.1" or "feature distance": the one is never a stand-in for the other.
    package var measure: String
    /// The network whose features are compared (a classifier as "ARCHITECTURE:WIDTH") and the fingerprint of its weights,
    /// and of LPIPS' heads.
    package var trunk: String
    package var weights: String
    package var images: Int
    /// Of a pair, 0 for equal images; 0 without images.
    package var mean: Double
    package var largest: Double
    /// The size at which images were compared; larger than theirs where they were interpolated first.
    package var comparedHeight: Int
    package var comparedWidth: Int
    package var isInterpolated: Bool

    package var isLPIPS: Bool { measure == PerceptualDistance.lpips }
  }

  package static let lpips = "LPIPS v0.1"
  package static let featureDistance = "feature distance"

  private let plan: PerceptualPlan
  private var gathered: Summary
  private var sum = 0.0

  /// LPIPS.
  /// - Parameters:
  ///   - shape: Of the images, grey or RGB.
  ///   - batch: Pairs in one pass; the distances do not depend on it.
  /// - Throws: `NeuralNetError.invalidDefinition` for images of another number of channels.
  package init(_ metric: LPIPS, shape: ImageShape, batch: Int = 16, threads: Int) throws {
    plan = try PerceptualPlan(metric, shape: shape, batch: batch, threads: threads)
    let size = LPIPS.size(of: shape)
    gathered = Summary(
      measure: Self.lpips, trunk: metric.trunk.rawValue, weights: metric.fingerprint, images: 0, mean: 0, largest: 0,
      comparedHeight: size.height, comparedWidth: size.width, isInterpolated: size != (shape.height, shape.width))
  }

  /// The squared distance between the channel-normalised features of a classifier, the mean over pixels, summed over its
  /// stages: L_p of generators that were trained without LPIPS.
  /// - Throws: `NeuralNetError.invalidDefinition`.
  package init(features classifier: Model, batch: Int = 16, threads: Int) throws {
    let definition = classifier.definition
    plan = try PerceptualPlan(features: classifier, batch: batch, threads: threads)
    gathered = Summary(
      measure: Self.featureDistance, trunk: "\(definition.architecture):\(definition.width)",
      weights: classifier.fingerprint, images: 0, mean: 0, largest: 0, comparedHeight: definition.input.height,
      comparedWidth: definition.input.width, isInterpolated: false)
  }

  /// Adds `count` pairs given as 8-bit values, (count, C, H, W) each; their distances in order.
  @discardableResult
  package func add(originals: [UInt8], marked: [UInt8], images count: Int) -> [Double] {
    let distances = plan.distances(originals.span, marked.span, count: count)
    gathered.images += count
    for distance in distances {
      sum += distance
      gathered.largest = max(gathered.largest, distance)
    }
    return distances
  }

  package var summary: Summary {
    var summary = gathered
    summary.mean = summary.images == 0 ? 0 : sum / Double(summary.images)
    return summary
  }
}

extension LPIPS {
  /// What a training names its perceptual loss: LPIPS with trunk and weights, or a feature distance where it has no
  /// weights.
  package static func termName(_ metric: LPIPS?) -> String {
    guard let metric else { return PerceptualDistance.featureDistance }
    return "\(PerceptualDistance.lpips) \(metric.trunk.rawValue) \(metric.fingerprint)"
  }
}
