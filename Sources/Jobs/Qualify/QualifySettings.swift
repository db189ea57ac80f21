/// How a release is judged before it goes out: which models are simulated, what they are asked, and the gate's limits.
package struct QualifySettings: Codable, Sendable, Equatable {
  /// Architectures of the simulated models.
  package var learners: [Learner]
  /// Models of each kind and learner.
  package var seeds: Int
  package var epochs: Int
  /// Training samples of a model; 0 for all.
  package var samples: Int
  /// m, verification images, and decoy carriers beside the key's own, at most as many as there are.
  package var images: Int
  package var decoys: Int
  /// The gate: greatest drop of BA, least WSR and ΔP of a model trained on the release from scratch, least share of
  /// fine-tuned ones convicted, greatest share of innocent models accused. All in [0, 1].
  package var largestDrop: Double
  package var leastSuccess: Double
  package var leastGain: Double
  package var leastFineTuned: Double
  package var largestInnocentRate: Double
  /// α, the chance that one innocent model is accused.
  package var alpha: Double

  package init(
    learners: [Learner] = [.init(architecture: "resnet18", width: 8), .init(architecture: "vgg16", width: 8)],
    seeds: Int = 2, epochs: Int = 6, samples: Int = 0, images: Int = 50, decoys: Int = 62,
    largestDrop: Double = 0.05, leastSuccess: Double = 0.25, leastGain: Double = 0.25,
    leastFineTuned: Double = 0, largestInnocentRate: Double = 0.1, alpha: Double = 0.01
  ) {
    self.learners = learners
    self.seeds = seeds
    self.epochs = epochs
    self.samples = samples
    self.images = images
    self.decoys = decoys
    self.largestDrop = largestDrop
    self.leastSuccess = leastSuccess
    self.leastGain = leastGain
    self.leastFineTuned = leastFineTuned
    self.largestInnocentRate = largestInnocentRate
    self.alpha = alpha
  }

  /// The least p-value that a key of so many carriers can have among those that could have been drawn: with 2 carriers and
  /// the usual 62 decoys, one of 2,016.
  package func leastP(carriers: Int) -> Double { Self.leastP(carriers: carriers, decoys: decoys) }

  package static func leastP(carriers: Int, decoys: Int) -> Double {
    (0..<carriers).reduce(1) { $0 * Double($1 + 1) / Double(carriers + decoys - $1) }
  }
}
