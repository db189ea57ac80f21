package import Datasets
package import Networks

/// What a classifier answers to clean and to watermarked images: the paper's metrics.
/// - Source: SSCL-BW §IV-A; METHODS §1
package struct WatermarkScores: Codable, Sendable, Equatable {
  /// BA: share of clean samples classified right, in [0, 1].
  package var benignAccuracy: Double
  /// WSR: share of watermarked samples of other classes that are predicted as the target, in [0, 1].
  package var successRate: Double
  /// The same for the clean samples: what the model says anyway.
  package var baselineRate: Double
  /// ΔP: mean of P_w − P_b, with P the target class's probability for the watermarked and the clean sample; in [−1, 1].
  package var probabilityGain: Double
  /// Samples behind BA, and behind the other three.
  package var samples: Int
  package var verificationSamples: Int

  /// Asks `classifier` about every sample, and about the marked forms of those that are not of the target class.
  /// - Throws: `WatermarkError.noSamples` if all samples are of the target class or there are none.
  package init(classifier: Model, generator: Generator, samples: SampleCache, threads: Int) throws {
    let target = generator.description.targetClass
    let classes = classifier.definition.classes
    let batch = min(64, max(1, samples.count))
    let plan = try ClassifierPlan(classifier, batch: batch, threads: threads)
    let marker = try generator.plan(batch: batch, threads: threads)

    let pixels = samples.pixels
    let clean = plan.probabilities(pixels.span, count: samples.count)
    let others = samples.labels.indices.filter { Int(samples.labels[$0]) != target }
    guard !others.isEmpty else { throw WatermarkError.noSamples(group: "any class but the target") }
    let images = marker.mark(others.flatMap { samples.pixels(of: $0) }, count: others.count)
    let marked = plan.probabilities(images.span, count: others.count)

    let predicted = plan.predictions(clean)
    let right = zip(predicted, samples.labels).count { $0 == Int($1) }
    let hits = plan.predictions(marked).count { $0 == target }
    let baseline = others.count { predicted[$0] == target }
    let gains = others.enumerated().map { row, sample in
      Double(marked[row * classes + target]) - Double(clean[sample * classes + target])
    }
    benignAccuracy = Double(right) / Double(samples.count)
    successRate = Double(hits) / Double(others.count)
    baselineRate = Double(baseline) / Double(others.count)
    probabilityGain = gains.reduce(0, +) / Double(others.count)
    self.samples = samples.count
    verificationSamples = others.count
  }
}
