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
  /// Training samples of a model; fewer make it cheaper and the mark harder to learn.
  package var samples: Int
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
  package var margin: Double

  package static let usualDecoys = QualifySettings().decoys

  package init(
    learners: [Learner] = [.init(architecture: "resnet18", width: 8), .init(architecture: "vgg16", width: 8)],
    scenarios: [QualificationRow.Scenario] = QualificationRow.Scenario.allCases, seeds: Int = 2, epochs: Int = 8,
    samples: Int = .max, images: Int = 50, decoys: Int = Self.usualDecoys, otherAmplitudes: [Int] = [],
    seed: UInt64, augments: Bool = true, largestDrop: Double = 0.05,
    leastSuccess: Double = 0.25, leastGain: Double = 0.25, leastFineTuned: Double = 0,
    largestInnocentRate: Double = 0.1,
    policy: VerdictPolicy = VerdictPolicy(), margin: Double = 0.25
  ) {
    self.learners = learners
    self.scenarios = scenarios
    self.seeds = seeds
    self.epochs = epochs
    self.samples = samples
    self.images = images
    self.decoys = decoys
    self.otherAmplitudes = otherAmplitudes
    self.seed = seed
    self.augments = augments
    self.largestDrop = largestDrop
    self.leastSuccess = leastSuccess
    self.leastGain = leastGain
    self.leastFineTuned = leastFineTuned
    self.largestInnocentRate = largestInnocentRate
    self.policy = policy
    self.margin = margin
  }

  /// What each of the models is asked.
  var trial: ModelTrial.Settings {
    .init(images: images, decoys: decoys, otherAmplitudes: otherAmplitudes, policy: policy, margin: margin)
  }
}
