package import Evidence

/// A model that is judged once, on one set of answers: in a qualification, or by answers that came by hand.
/// - Source: METHODS §5
package struct Judgement {
  package let figures: EvidenceFigures
  package let verdict: Verdict

  /// - Parameters:
  ///   - panel: the model's rank in the release's reference panel; nil if there is no panel.
  ///   - amplitude: multiples of ε on the verification images.
  ///   - margin: τ of the paper's t-test, which is reported and never decides.
  package init(
    _ scores: KeyedScores, health: AuditHealth, panel: ExchangeableRank? = nil, amplitude: Int, margin: Double,
    policy: VerdictPolicy
  ) {
    let paired = PairedTests(scores, margin: margin)
    let totals = scores.totals
    let rank = try? scores.rank()
    figures = EvidenceFigures(scores, paired: paired, rank: rank, amplitude: amplitude)
    // Without a rank there were no decoys, or one of the carriers has no answer: then all there is to say is how few.
    let instrument: Verdict.Instrument =
      rank.map { .single($0, leastPairs: totals.leastPairs) } ?? (totals.decoys > 0 ? .unanswered : .none)
    verdict = Verdict(
      .init(health: health, instrument: instrument, panel: panel, paired: paired), policy: policy)
  }
}
