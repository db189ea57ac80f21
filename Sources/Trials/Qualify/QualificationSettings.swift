package import Evidence
package import Jobs

/// Which simulated models judge a release, and what they are asked.
package struct QualificationSettings: Codable, Sendable, Equatable {
  /// Architectures of the simulated users, with their widths.
  package typealias Learner = Jobs.Learner

  package var learners: [Learner]
  /// Kinds of models to train; without all of them the outcome is inconclusive.
  package var scenarios: [QualificationRow.Scenario]
  /// Models of each kind and learner.
  package var seeds: Int
  package var epochs: Int
  /// Training samples of a model, nil for all; fewer make it cheaper and the mark harder to learn.
  package var samples: Int?
  /// m, verification images, and decoy carriers beside the key's own, at most as many as the book has.
  package var images: Int
  package var decoys: Int
  /// Multiples of ε to look at beside the generator's own, which alone decides.
  package var otherAmplitudes: [Int]
  /// First seed of the models; others follow.
  package var seed: UInt64
  /// Crops and flips.
  package var augments: Bool
  /// The gate: greatest drop of BA, least WSR and ΔP of malicious models trained from scratch, least share of
  /// fine-tuned ones convicted, greatest share of innocent models accused.
  package var largestDrop: Double
  package var leastSuccess: Double
  package var leastGain: Double
  package var leastFineTuned: Double
  package var largestInnocentRate: Double
  package var policy: VerdictPolicy
  /// τ.
  package var margin = 0.25

  package static let usualDecoys = QualifySettings().decoys

  /// The settings of a job, and what only commands choose besides.
  package init(
    _ settings: QualifySettings = QualifySettings(), seed: UInt64,
    scenarios: [QualificationRow.Scenario] = QualificationRow.Scenario.allCases, otherAmplitudes: [Int] = [],
    augments: Bool = true
  ) {
    learners = settings.learners
    self.scenarios = scenarios
    seeds = settings.seeds
    epochs = settings.epochs
    samples = settings.samples == 0 ? nil : settings.samples
    images = settings.images
    decoys = settings.decoys
    self.otherAmplitudes = otherAmplitudes
    self.seed = seed
    self.augments = augments
    largestDrop = settings.largestDrop
    leastSuccess = settings.leastSuccess
    leastGain = settings.leastGain
    leastFineTuned = settings.leastFineTuned
    largestInnocentRate = settings.largestInnocentRate
    policy = VerdictPolicy(alpha: settings.alpha)
  }

  /// Kinds of models that the gate needs and that are not asked for, or not possible.
  /// - Parameter hasOriginal: whether there is the archive before marking, which another owner's marks need.
  package func untrained(hasOriginal: Bool) -> [QualificationRow.Scenario] {
    QualificationRow.Scenario.allCases.filter {
      !scenarios.contains($0) || $0 == .independentWatermark && !hasOriginal
    }
  }

  /// What each of the models is asked.
  var trial: ModelTrial.Settings {
    .init(images: images, decoys: decoys, otherAmplitudes: otherAmplitudes, policy: policy, margin: margin)
  }
}
