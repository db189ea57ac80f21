package import Evidence
package import Jobs

/// What the trial of one model found: the figures that rows of `qualify --json`, `attack --json` and `reproduce --json`
/// share.
package struct ModelFinding: Sendable, Equatable {
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
  package let twins: Twins?
  package let pTwins: Double?
  /// ℓ(x) − ℓ(x̃), mean over marked samples: how much smaller its loss is on what was released than on the original, nats.
  package let lossGain: Double?
  package let verdict: Verdict

  package struct Twins: Codable, Sendable, Equatable {
    /// Samples that prefer the released twin, the withheld one, or neither.
    package let released: Int
    package let withheld: Int
    package let ties: Int
    /// The exact test of the same coins that sees magnitudes (`SignFlips`); nil in reports from before it was made.
    package let pFlips: Double?

    private enum CodingKeys: String, CodingKey {
      case released, withheld, ties
      case pFlips = "p_flips"
    }
  }

  init(
    ba: Double, wsr: Double, baseline: Double, figures: EvidenceFigures, scores: ScoreDistributions,
    pPanel: Double? = nil, twins: TwinEvidence?, lossGain: Double? = nil, verdict: Verdict
  ) {
    (self.ba, self.wsr, self.baseline, self.figures, self.scores) = (ba, wsr, baseline, figures, scores)
    (self.pPanel, self.verdict) = (pPanel, verdict)
    self.twins = twins.map {
      Twins(released: $0.published, withheld: $0.withheld, ties: $0.ties, pFlips: $0.flips.p.value)
    }
    self.lossGain = lossGain
    pTwins = twins?.p.value
  }
}

extension ModelFinding: Codable {
  private enum CodingKeys: String, CodingKey {
    case ba, wsr, baseline, scores, verdict, twins
    case pPanel = "p_panel"
    case pTwins = "p_twins"
    case lossGain = "loss_gain"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    ba = try container.decode(Double.self, forKey: .ba)
    wsr = try container.decode(Double.self, forKey: .wsr)
    baseline = try container.decode(Double.self, forKey: .baseline)
    figures = try EvidenceFigures(from: decoder)
    scores = try container.decode(ScoreDistributions.self, forKey: .scores)
    pPanel = try container.decodeIfPresent(Double.self, forKey: .pPanel)
    twins = try container.decodeIfPresent(Twins.self, forKey: .twins)
    pTwins = try container.decodeIfPresent(Double.self, forKey: .pTwins)
    lossGain = try container.decodeIfPresent(Double.self, forKey: .lossGain)
    verdict = try container.decode(Verdict.self, forKey: .verdict)
  }

  package func encode(to encoder: any Encoder) throws {
    try figures.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(ba, forKey: .ba)
    try container.encode(wsr, forKey: .wsr)
    try container.encode(baseline, forKey: .baseline)
    try container.encodeIfPresent(pPanel, forKey: .pPanel)
    try container.encodeIfPresent(pTwins, forKey: .pTwins)
    try container.encodeIfPresent(twins, forKey: .twins)
    try container.encodeIfPresent(lossGain, forKey: .lossGain)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(scores, forKey: .scores)
  }
}
