package import Datasets
package import Evidence
package import Networks

/// What a classifier answers to clean and to watermarked images: the paper's metrics.
/// - Source: SSCL-BW §IV-A; METHODS §1
package struct WatermarkScores: Codable, Sendable, Equatable {
  /// BA: share of clean samples classified right, in [0, 1].
  package var benignAccuracy: Double
  /// WSR: share of watermarked samples whose predictions bear the claim out (for a target, of other classes), in [0, 1].
  package var successRate: Double
  /// The same for the clean samples: what the model says anyway.
  package var baselineRate: Double
  /// ΔP: mean of P_w − P_b, with P the target class's probability for the watermarked and the clean sample; in [−1, 1].
  package var probabilityGain: Double
  /// Samples behind BA, and behind the other three.
  package var samples: Int
  package var verificationSamples: Int

  /// Asks `classifier` about every sample, and about the marked forms of those that the claim concerns.
  /// - Throws: `WatermarkError.noSamples` if there are none.
  package init(
    classifier: Model, claim: Claim, marker: any SampleMarker, samples: SampleCache, threads: Int
  ) throws {
    let classes = classifier.definition.classes
    let batch = min(64, max(1, samples.count))
    let plan = try ClassifierPlan(classifier, batch: batch, threads: threads)

    let pixels = samples.pixels
    let clean = plan.probabilities(pixels.span, count: samples.count)
    let others = samples.labels.indices.filter { claim.concerns(label: Int(samples.labels[$0])) }
    guard !others.isEmpty else { throw WatermarkError.noSamples(group: "any class but the target") }
    let images = marker.mark(
      others.flatMap { samples.pixels(of: $0) }, samples: others.map { samples.indices[$0] }, carrier: 0)
    let marked = plan.probabilities(images.span, count: others.count)

    let predicted = plan.predictions(clean)
    let answers = plan.predictions(marked)
    let right = zip(predicted, samples.labels).count { $0 == Int($1) }
    var (hits, baseline, gain) = (0, 0, 0.0)
    for (row, sample) in others.enumerated() {
      let label = Int(samples.labels[sample])
      if claim.isHit(answers[row], label: label) { hits += 1 }
      if claim.isHit(predicted[sample], label: label) { baseline += 1 }
      func score(_ probabilities: [Float], _ row: Int) -> Double {
        claim.score(probabilities[row * classes..<(row + 1) * classes], label: label) ?? .nan
      }
      gain += score(marked, row) - score(clean, sample)
    }
    benignAccuracy = Double(right) / Double(samples.count)
    successRate = Double(hits) / Double(others.count)
    baselineRate = Double(baseline) / Double(others.count)
    probabilityGain = gain / Double(others.count)
    self.samples = samples.count
    verificationSamples = others.count
  }
}
