/// An exact test of pairs of which only the discordant ones count: each is as likely to fall either way under the null
/// hypothesis, so the favourable ones are Binomial(n, ½).
///
/// With hits on clean and marked images this is McNemar's exact test, with signs of differences the sign test, and with
/// twins the test of the coins.
/// - Source: METHODS §5.2 and §5.4
package struct DiscordantPairs: Sendable, Equatable {
  /// Pairs for the claim, against it, and neither.
  package let favourable: Int
  package let adverse: Int
  package let equal: Int

  package init(favourable: Int, adverse: Int, equal: Int) {
    precondition(favourable >= 0 && adverse >= 0 && equal >= 0, "counts")
    self.favourable = favourable
    self.adverse = adverse
    self.equal = equal
  }

  /// The sign test of differences − τ, and McNemar's test where they are differences of hits.
  /// - Throws: `notFinite`.
  package init(signsOf differences: [Double], margin: Double = 0) throws(EvidenceError) {
    try PairedT.requireFinite(differences)
    self.init(signsOfFinite: differences, margin: margin)
  }

  /// The same for differences that are known to be finite, as those of `KeyScores` are.
  init(signsOfFinite differences: [Double], margin: Double) {
    self.init(
      favourable: differences.count { $0 > margin }, adverse: differences.count { $0 < margin },
      equal: differences.count { $0 == margin })
  }

  /// P(Binomial(favourable + adverse, ½) ≥ favourable), one-sided; 1 where all pairs agree.
  package var p: PValue {
    PValue(ln: Binomial.logUpperTail(favourable, of: favourable + adverse, chance: 0.5))
  }
}
