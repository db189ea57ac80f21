/// The tests that treat images as random, all of them beside each other for the report. None of them decides: they hold for
/// these images and this model, and say nothing about models that never saw the release.
/// - Source: METHODS §5
package struct PairedTests: Sendable, Equatable {
  /// τ.
  package let margin: Double
  /// m, pairs of answers.
  package let count: Int
  /// ΔP; nil without a pair.
  package let deltaP: Double?
  /// The t-test with τ, or why there is none.
  package let t: Result<PairedT, EvidenceError>
  /// The signed-rank test with τ, or why there is none.
  package let signedRank: Result<SignedRank, EvidenceError>
  /// The sign test with τ for probabilities, McNemar's test for labels.
  package let discordant: DiscordantPairs

  /// - Parameter margin: τ in [0, 1), 0.25 in the paper. McNemar's test has none.
  package init(_ scores: KeyScores, margin: Double) {
    let differences = scores.differences
    self.margin = margin
    count = differences.count
    deltaP = scores.deltaP
    t = Result { () throws(EvidenceError) in try PairedT(differences, margin: margin) }
    signedRank = Result { () throws(EvidenceError) in try SignedRank(differences, margin: margin) }
    discordant = DiscordantPairs(signsOfFinite: differences, margin: scores.kind == .label ? 0 : margin)
  }
}
