package import Evidence
package import Jobs

/// One simulated model of a qualification: a row of `qualify --json` (FORMATS.md, "Qualification").
package struct QualificationRow: Encodable, Sendable {
  package enum Scenario: String, Codable, Sendable, CaseIterable {
    /// Trained on the release.
    case malicious
    /// Innocent: trained on the clean data, or on other samples of it.
    case independentModel = "ind-m"
    /// Innocent of this release: trained on the same data with another owner's mark.
    case independentWatermark = "ind-w"
  }

  package struct Trained: Encodable, Sendable {
    package var architecture: String
    package var width: Int
    package var seed: UInt64
    /// "scratch", "fine-tuned" (a clean model trained further), "disjoint" (on samples that nobody else saw).
    package var kind: String

    var isFineTuned: Bool { kind == Self.fineTuned }
    static let fineTuned = "fine-tuned"
  }

  package let scenario: Scenario
  package let model: Trained
  /// Benign accuracy on the held-out split, in [0, 1], and its drop against the clean models of the same architecture and width.
  package let ba: Double
  package internal(set) var baDrop: Double?
  /// Share of marked verification images that are predicted as the target class, and of the clean ones.
  package let wsr: Double
  package let baseline: Double
  package let figures: EvidenceFigures
  package let scores: ScoreDistributions
  /// Conformal p-value among the innocent models (for an innocent one: among the others).
  package internal(set) var pPanel: Double?
  package let verdict: Verdict

  private enum CodingKeys: String, CodingKey {
    case scenario, model, ba, wsr, baseline, scores, verdict
    case baDrop = "ba_drop"
    case pPanel = "p_panel"
  }

  package func encode(to encoder: any Encoder) throws {
    try figures.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(scenario, forKey: .scenario)
    try container.encode(model, forKey: .model)
    try container.encode(ba, forKey: .ba)
    try container.encodeIfPresent(baDrop, forKey: .baDrop)
    try container.encode(wsr, forKey: .wsr)
    try container.encode(baseline, forKey: .baseline)
    try container.encodeIfPresent(pPanel, forKey: .pPanel)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(scores, forKey: .scores)
  }
}
