import Jobs

/// Whether people may learn from the images, as the `assertions` of a C2PA manifest definition have it. It is data: nobody
/// has signed a manifest with it.
/// - Source: CAWG Training and Data Mining Assertion 1.1, §3
struct TrainingMiningAssertion: Codable, Equatable {
  struct Entry: Codable, Equatable {
    var use: TrainingMining
    var constraintInfo: String?

    enum CodingKeys: String, CodingKey {
      case use
      case constraintInfo = "constraint_info"
    }
  }

  struct Content: Codable, Equatable {
    var entries: [String: Entry]
  }

  var label = Self.currentLabel
  var data: Content

  static let currentLabel = "cawg.training-mining"
  private static let uses = [
    "cawg.ai_generative_training", "cawg.ai_inference", "cawg.ai_training", "cawg.data_mining",
  ]

  /// The same for every use; nil where nothing is said.
  init?(_ terms: ReleaseTerms) {
    let use = terms.trainingMining
    guard use != .unsaid else { return nil }
    let entry = Entry(use: use, constraintInfo: use == .constrained && !terms.license.isEmpty ? terms.license : nil)
    data = Content(entries: Dictionary(uniqueKeysWithValues: Self.uses.map { ($0, entry) }))
  }
}
