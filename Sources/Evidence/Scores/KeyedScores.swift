/// One model's answers about the same m images under every carrier that was asked about: the G of the release's key, and
/// decoys from the same book.
///
/// The key was drawn among all sets of G of these carriers with equal chances, so on a model that never saw the release its
/// rank by ΔP among all those sets is uniform: a permutation test. Exactness rests on treating all carriers alike: same
/// images, amplitude and number of queries, asked in one shuffled order.
/// - Source: METHODS §5.3 and §5.5; R. A. Fisher, "The Design of Experiments", §21
package struct KeyedScores: Sendable, Equatable {
  package let kind: ScoreKind
  /// P_b, (m): asked once, the same for every carrier.
  package let clean: [Double?]
  /// P_w under each carrier, (c, m), the key's own first.
  package let carriers: [[Double?]]
  /// G, how many of the carriers are the key's.
  package let keySize: Int

  /// - Throws: `unequalCounts`, `notFinite`, `outOfRange`, `notALabel`.
  package init(
    _ kind: ScoreKind, clean: [Double?], carriers: [[Double?]], keySize: Int
  ) throws(EvidenceError) {
    try KeyScores.check(clean, kind, "clean score")
    for marked in carriers {
      guard marked.count == clean.count else {
        throw .unequalCounts(what: "marked scores", count: marked.count, expected: clean.count)
      }
      try KeyScores.check(marked, kind, "marked score")
    }
    guard keySize >= 1, carriers.count >= keySize else {
      throw .unequalCounts(what: "carriers of the key", count: carriers.count, expected: keySize)
    }
    self.kind = kind
    self.clean = clean
    self.carriers = carriers
    self.keySize = keySize
  }

  /// A key of one carrier among decoys of one carrier.
  package init(
    _ kind: ScoreKind, clean: [Double?], real: [Double?], decoys: [[Double?]]
  ) throws(EvidenceError) {
    try self.init(kind, clean: clean, carriers: [real] + decoys, keySize: 1)
  }

  /// The key's scores, for the paired tests: an image's mean over the key's carriers, of labels the share of them that hit.
  /// What is random there is the image, so it counts once, however many carriers it was shown with.
  package var realScores: KeyScores {
    let own = carriers.prefix(keySize)
    let marked = clean.indices.map { image in
      let answers = own.compactMap { $0[image] }
      return answers.count < keySize ? nil : answers.reduce(0, +) / Double(keySize)
    }
    return KeyScores(checked: kind, clean: clean, marked: marked)
  }

  /// P_w − P_b of the images that `realScores` pairs, each under one carrier of the key, the carriers taking turns by the
  /// image's place. Of labels this is what a clean hit can be exchanged with: a mean of several hits is not.
  var differencesInTurn: [Double] {
    zip(clean, realScores.marked).enumerated().compactMap { image, pair in
      guard let before = pair.0, pair.1 != nil, let after = carriers[image % keySize][image] else { return nil }
      return after - before
    }
  }

  package var totals: KeyTotals { KeyTotals(self) }

  /// The key's rank among all that could have been drawn, by ΔP, from this one set of answers. This is for a model that is
  /// judged once; a suspect that is audited again and again has a `PooledKeyEvidence`.
  /// - Throws: `tooFew` if there is no decoy, or a carrier without a pair of answers.
  package func rank() throws(EvidenceError) -> ExchangeableRank { try totals.rank() }
}
