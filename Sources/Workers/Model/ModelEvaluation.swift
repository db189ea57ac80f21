import Datasets
import Foundation
package import Jobs
import NeuralNet
import Watermarks

/// `dandyroll model evaluate`: a classifier's accuracy, and what it answers to marked images.
package struct ModelEvaluation: Sendable {
  private let model: String
  private let archive: String
  private let generator: String?
  private let limits: Limits

  package init(model: String, archive: String, generator: String?, limits: InputLimits) {
    self.model = model
    self.archive = archive
    self.generator = generator
    self.limits = Limits(limits)
  }

  /// The `--json` output (FORMATS.md).
  package struct Figures: Codable, Sendable, Equatable {
    /// Benign accuracy on the held-out split (the training split without one), in [0, 1], and the samples behind it.
    package var ba: Double
    package var samples: Int
    /// Watermark success rate and ΔP with the given generator, and the same rate on clean images; nil without one.
    package var wsr: Double?
    package var deltaP: Double?
    package var baseline: Double?
    package var verificationSamples: Int?

    private enum CodingKeys: String, CodingKey {
      case ba, samples, wsr, baseline
      case deltaP = "delta_p"
      case verificationSamples = "verification_samples"
    }
  }

  package func run(_ context: WorkContext) throws -> Figures {
    let reporter = Reporter(context)
    let classifier = try Model(contentsOf: model)
    let survey = try DatasetSurvey(file: archive, limits: limits, onProgress: reporter.bytes("survey"))
    try classifier.definition.check(fits: survey, file: model)
    let split = try TrainingSamples(survey, limits: limits, sampleShare: 1, seed: 0)
    let samples = try split.held() ?? split.all()
    guard let generator else {
      let plan = try ClassifierPlan(classifier, batch: 64, threads: context.threads)
      let correct = plan.correct(samples)
      return Figures(ba: Double(correct) / Double(samples.count), samples: samples.count)
    }
    let marker = try Generator(contentsOf: generator)
    try marker.check(fits: survey, file: generator)
    guard marker.description.keyed == nil else { throw WorkError.noKey(generator: generator) }
    let scores = try WatermarkScores(
      classifier: classifier, generator: marker, samples: samples, threads: context.threads)
    return Figures(
      ba: scores.benignAccuracy, samples: scores.samples, wsr: scores.successRate, deltaP: scores.probabilityGain,
      baseline: scores.baselineRate, verificationSamples: scores.verificationSamples)
  }
}
