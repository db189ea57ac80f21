/// One model's answers about the same m images under every carrier that was asked about: the G of the release's key, and
/// decoys from the same book.
///
/// The key was drawn among all that could be made of these carriers with equal chances — sets of G, or assignments of G of
/// them to classes — so on a model that never saw the release its rank among all those is uniform: a permutation test.
/// Exactness rests on treating all carriers alike: same images, amplitude and number of queries, asked in one shuffled
/// order.
/// - Source: METHODS §5.3, §5.5 and §8; R. A. Fisher, "The Design of Experiments", §21
package struct KeyedScores: Sendable, Equatable {
  package let kind: ScoreKind
  /// P_b, (columns, m): asked once, the same for every carrier.
  package let clean: [[Double?]]
  /// P_w under each carrier, (c, columns, m), the key's own first.
  package let carriers: [[[Double?]]]
  /// G, how many of the carriers are the key's.
  package let keySize: Int

  /// The claim's: 1 where the key is a set, G where it is an assignment.
  package var columns: Int { clean.count }
  /// m.
  package var count: Int { clean[0].count }

  /// - Throws: `unequalCounts`, `notFinite`, `outOfRange`, `notALabel`.
  package init(
    _ kind: ScoreKind, clean: [[Double?]], carriers: [[[Double?]]], keySize: Int
  ) throws(EvidenceError) {
    precondition(clean.count == 1 || clean.count == keySize, "a column, or one for each carrier of the key")
    for column in clean { try KeyScores.check(column, kind, "clean score") }
    for marked in carriers {
      precondition(marked.count == clean.count, "the same columns")
      for (column, clean) in zip(marked, clean) {
        guard column.count == clean.count else {
          throw .unequalCounts(what: "marked scores", count: column.count, expected: clean.count)
        }
        try KeyScores.check(column, kind, "marked score")
      }
    }
    guard keySize >= 1, carriers.count >= keySize else {
      throw .unequalCounts(what: "carriers of the key", count: carriers.count, expected: keySize)
    }
    self.kind = kind
    self.clean = clean
    self.carriers = carriers
    self.keySize = keySize
  }

  /// A key that is a set of carriers: P_b (m), P_w (c, m).
  package init(
    _ kind: ScoreKind, clean: [Double?], carriers: [[Double?]], keySize: Int
  ) throws(EvidenceError) {
    try self.init(kind, clean: [clean], carriers: carriers.map { [$0] }, keySize: keySize)
  }

  /// A key of one carrier among decoys of one carrier.
  package init(
    _ kind: ScoreKind, clean: [Double?], real: [Double?], decoys: [[Double?]]
  ) throws(EvidenceError) {
    try self.init(kind, clean: clean, carriers: [real] + decoys, keySize: 1)
  }

  /// P_b and P_w of an image under one of the key's carriers, in the column that it is to raise.
  private func own(_ carrier: Int, _ image: Int) -> (clean: Double?, marked: Double?) {
    let column = columns == 1 ? 0 : carrier
    return (clean[column][image], carriers[carrier][column][image])
  }

  /// Images that have both answers under one of the key's carriers, in the column that it is to raise.
  package func pairedImages(ofCarrier carrier: Int) -> [Int] {
    (0..<count).filter { own(carrier, $0).clean != nil && own(carrier, $0).marked != nil }
  }

  /// The key's carriers that an image has a clean score for.
  private func concerned(_ image: Int) -> [Int] { (0..<keySize).filter { own($0, image).clean != nil } }

  /// The key's scores, for the paired tests: an image's mean over the key's carriers, of labels the share of them that hit.
  /// What is random there is the image, so it counts once, however many carriers it was shown with.
  package var realScores: KeyScores {
    func mean(_ values: [Double?]) -> Double? {
      let there = values.compactMap { $0 }
      return there.isEmpty || there.count < values.count ? nil : there.reduce(0, +) / Double(there.count)
    }
    // A set has one clean score an image, which is there without a marked one too.
    let before =
      columns == 1 ? clean[0] : (0..<count).map { image in mean(concerned(image).map { own($0, image).clean }) }
    let after = (0..<count).map { image in
      mean((columns == 1 ? Array(0..<keySize) : concerned(image)).map { own($0, image).marked })
    }
    return KeyScores(checked: kind, clean: before, marked: after)
  }

  /// P_w − P_b of the images that `realScores` pairs, each under one carrier of the key, the carriers taking turns by the
  /// image's place. Of labels this is what a clean hit can be exchanged with: a mean of several hits is not.
  var differencesInTurn: [Double] {
    let real = realScores
    return (0..<count).compactMap { image in
      guard real.clean[image] != nil, real.marked[image] != nil else { return nil }
      let carriers = concerned(image)
      let pair = own(carriers[image % carriers.count], image)
      guard let before = pair.clean, let after = pair.marked else { return nil }
      return after - before
    }
  }

  package var totals: KeyTotals { KeyTotals(self) }

  /// The key's rank among all that could have been drawn, from this one set of answers. This is for a model that is judged
  /// once; a suspect that is audited again and again has a `PooledKeyEvidence`.
  /// - Throws: `tooFew` if there is no decoy, or a carrier without a pair of answers.
  package func rank() throws(EvidenceError) -> ExchangeableRank { try totals.rank() }
}
