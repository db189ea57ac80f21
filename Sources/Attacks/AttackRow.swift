package import Trials

/// A model before or after an attack: a row of `attack --json` (docs/formats, "Attacks").
package struct AttackRow: Encodable, Sendable {
  package enum Stage: String, Encodable, Sendable {
    case before, after
  }

  package let attack: String
  package let stage: Stage
  /// What the model is, and the seed of the attacker's choices.
  package let model: QualificationRow.Trained
  /// What is swept, and how far: 0, or "none", before.
  package let parameter: SweptParameter
  package let finding: ModelFinding
  /// Against the model before.
  package let baDrop: Double
  /// Share of the held-out images on which a student says what the suspect says; nil for other attacks.
  package let agreement: Double?

  private enum CodingKeys: String, CodingKey {
    case attack, stage, scenario, model, parameter, agreement
    case baDrop = "ba_drop"
  }

  package func encode(to encoder: any Encoder) throws {
    try finding.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(attack, forKey: .attack)
    try container.encode(stage, forKey: .stage)
    // Whatever became of it, it comes from the release.
    try container.encode(QualificationRow.Scenario.malicious, forKey: .scenario)
    try container.encode(model, forKey: .model)
    try container.encode(parameter, forKey: .parameter)
    try container.encode(baDrop, forKey: .baDrop)
    try container.encodeIfPresent(agreement, forKey: .agreement)
  }
}
