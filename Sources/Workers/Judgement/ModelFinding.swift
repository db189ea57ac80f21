package import Evidence
package import Jobs

/// What the trial of one model found: the figures that rows of `qualify --json` and `attack --json` share.
package struct ModelFinding: Encodable, Sendable {
  /// Benign accuracy on the held-out split, in [0, 1].
  package let ba: Double
  /// Share of marked verification images that are predicted as the target class, and of the clean ones.
  package let wsr: Double
  package let baseline: Double
  package let figures: EvidenceFigures
  package let scores: ScoreDistributions
  /// Conformal p-value among the release's reference panel; without one, in a qualification, among its innocent models.
  package internal(set) var pPanel: Double?
  /// What the model makes of released samples and of those that might have been released instead; nil if it was not asked.
  package let twins: TwinEvidence?
  package let verdict: Verdict

  private enum CodingKeys: String, CodingKey {
    case ba, wsr, baseline, scores, verdict, twins
    case pPanel = "p_panel"
    case pTwins = "p_twins"
  }

  package func encode(to encoder: any Encoder) throws {
    try figures.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(ba, forKey: .ba)
    try container.encode(wsr, forKey: .wsr)
    try container.encode(baseline, forKey: .baseline)
    try container.encodeIfPresent(pPanel, forKey: .pPanel)
    try container.encodeIfPresent(twins?.fresh.p.value, forKey: .pTwins)
    try container.encodeIfPresent(twins.map(Twins.init), forKey: .twins)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(scores, forKey: .scores)
  }

  /// Samples that prefer the released twin, the withheld one, or neither.
  private struct Twins: Encodable {
    let released: Int
    let withheld: Int
    let ties: Int

    init(_ evidence: TwinEvidence) {
      (released, withheld, ties) = (evidence.published, evidence.withheld, evidence.ties)
    }
  }
}
