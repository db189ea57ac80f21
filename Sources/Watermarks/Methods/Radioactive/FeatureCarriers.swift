package import Evidence
package import Networks

/// Marks that move the features of a network along carriers: what is verified by a model's weights.
/// - Source: METHODS §3
package protocol FeatureCarriers: Watermark {
  /// φ, whose penultimate features the carriers are directions of.
  var featureNetwork: Model { get }

  /// u, the carrier of a class: d numbers of norm 1.
  /// - Parameters:
  ///   - set: 0 for the release's own, others for decoys, which might have been drawn just as well.
  ///   - count: d.
  func carrier(ofClass label: Int, set: Int, count: Int, _ secret: ReleaseSecret) throws -> [Float]

  /// Marks samples as the release might have, had the carriers been those of another set.
  /// - Returns: pixels (count, C, H, W), given those of clean samples and their classes.
  func mark(
    _ pixels: [UInt8], labels: [UInt16], set: Int, _ secret: ReleaseSecret, batch: Int, threads: Int
  ) throws -> [UInt8]
}
