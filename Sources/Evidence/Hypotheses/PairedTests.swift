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
  /// The sign test with τ for probabilities; McNemar's test for labels, each image under one carrier of the key in turn.
  package let discordant: DiscordantPairs

  /// - Parameter margin: τ in [0, 1), 0.25 in the paper. McNemar's test has none.
  package init(_ scores: KeyScores, margin: Double) {
    self.init(scores, inTurn: scores.differences, margin: margin)
  }

  /// Of a key of several carriers, whose rounds are of one kind.
  /// - Parameter margin: τ in [0, 1), 0.25 in the paper. McNemar's test has none.
  package init(_ scores: KeyedScores, later: [KeyedScores] = [], margin: Double) {
    let rounds = [scores] + later
    let own = rounds.map(\.realScores)
    self.init(
      KeyScores(checked: scores.kind, clean: own.flatMap(\.clean), marked: own.flatMap(\.marked)),
      inTurn: rounds.flatMap(\.differencesInTurn), margin: margin)
  }

  /// - Parameter inTurn: the differences of labels that McNemar's test counts.
  private init(_ scores: KeyScores, inTurn: [Double], margin: Double) {
    let differences = scores.differences
    self.margin = margin
    count = differences.count
    deltaP = scores.deltaP
    t = Result { () throws(EvidenceError) in try PairedT(differences, margin: margin) }
    signedRank = Result { () throws(EvidenceError) in try SignedRank(differences, margin: margin) }
    discordant =
      scores.kind == .label
      ? DiscordantPairs(signsOfFinite: inTurn, margin: 0)
      : DiscordantPairs(signsOfFinite: differences, margin: margin)
  }
}
