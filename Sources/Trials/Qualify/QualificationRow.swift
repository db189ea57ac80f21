package import Fidelity
package import Jobs

/// One simulated model of a qualification: a row of `qualify --json` (docs/formats, "Qualification").
@dynamicMemberLookup
package struct QualificationRow: Encodable, Sendable {
  package enum Scenario: String, Codable, Sendable, CaseIterable {
    /// Trained on the release.
    case malicious
    /// Innocent: trained on the clean data, or on other samples of it.
    case independentModel = "ind-m"
    /// Innocent of this release: trained on the same data with another owner's mark.
    case independentWatermark = "ind-w"
  }

  package struct Trained: Codable, Sendable, Equatable {
    package var architecture: String
    package var width: Int
    /// Of its training; in an attack's rows of the attacker's choices.
    package var seed: UInt64
    /// "scratch", "fine-tuned" (a clean model trained further), "half" (on half of the clean samples), "surrogate"
    /// (the generator's own surrogate, trained further). In an attack's rows "suspect", and what became of it:
    /// "fine-tuned", "pruned", "student".
    package var kind: String

    package init(architecture: String, width: Int, seed: UInt64, kind: String) {
      self.architecture = architecture
      self.width = width
      self.seed = seed
      self.kind = kind
    }

    package var learner: Learner { Learner(architecture: architecture, width: width) }

    var isFineTuned: Bool { kind == Self.fineTuned }
    package static let fineTuned = "fine-tuned"
    static let surrogate = "surrogate"
  }

  package let scenario: Scenario
  package let model: Trained
  package internal(set) var finding: ModelFinding
  /// The drop of BA against the clean models of the same architecture and width.
  package internal(set) var baDrop: Double?
  /// Of a model that was trained on the release from scratch: how far it is from its twin, which learned the clean data from
  /// the same initial weights in the same order. Nil without the archive before marking.
  package internal(set) var fidelity: FidelityFigures?

  init(scenario: Scenario, model: Trained, finding: ModelFinding) {
    self.scenario = scenario
    self.model = model
    self.finding = finding
  }

  package subscript<Figure>(dynamicMember figure: KeyPath<ModelFinding, Figure>) -> Figure { finding[keyPath: figure] }

  private enum CodingKeys: String, CodingKey {
    case scenario, model, fidelity
    case baDrop = "ba_drop"
  }

  package func encode(to encoder: any Encoder) throws {
    try finding.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(scenario, forKey: .scenario)
    try container.encode(model, forKey: .model)
    try container.encodeIfPresent(baDrop, forKey: .baDrop)
    try container.encodeIfPresent(fidelity, forKey: .fidelity)
  }
}
