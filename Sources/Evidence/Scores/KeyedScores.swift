/// One model's answers about the same m images under the real key and under k decoy keys.
///
/// Exactness rests on treating all keys alike: same images, amplitude and number of queries, asked in one shuffled order.
/// - Source: METHODS §5.3 and §5.5
package struct KeyedScores: Sendable, Equatable, Codable {
  package let kind: ScoreKind
  /// P_b, (m): asked once, the same for every key.
  package let clean: [Double?]
  /// P_w under the real key, (m).
  package let real: [Double?]
  /// P_w under each decoy key, (k, m).
  package let decoys: [[Double?]]

  /// - Throws: `unequalCounts`, `notFinite`, `outOfRange`, `notALabel`.
  package init(
    _ kind: ScoreKind, clean: [Double?], real: [Double?], decoys: [[Double?]]
  ) throws(EvidenceError) {
    try KeyScores.check(clean, kind, "clean score")
    for marked in [real] + decoys {
      guard marked.count == clean.count else {
        throw .unequalCounts(what: "marked scores", count: marked.count, expected: clean.count)
      }
      try KeyScores.check(marked, kind, "marked score")
    }
    self.kind = kind
    self.clean = clean
    self.real = real
    self.decoys = decoys
  }

  /// The real key's scores, for the paired tests.
  package var realScores: KeyScores { KeyScores(checked: kind, clean: clean, marked: real) }

  package var totals: KeyTotals { KeyTotals(self) }

  /// The real key's rank among its decoys by ΔP, from this one set of answers. This is for a model that is judged once;
  /// a suspect that is audited again and again has a `PooledKeyEvidence`.
  /// - Throws: `tooFew` if there is no decoy, or a key without a pair of answers.
  package func rank() throws(EvidenceError) -> ExchangeableRank { try totals.rank() }

  private enum CodingKeys: CodingKey { case kind, clean, real, decoys }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      container.decode(ScoreKind.self, forKey: .kind), clean: container.decode([Double?].self, forKey: .clean),
      real: container.decode([Double?].self, forKey: .real),
      decoys: container.decode([[Double?]].self, forKey: .decoys))
  }
}

/// Sums of P_w − P_b by key, the real key first: all that ranking needs, whatever the number of audits.
package struct KeyTotals: Sendable, Equatable, Codable {
  /// Σ (P_w − P_b), (k + 1).
  package private(set) var sums: [Double]
  /// Pairs of answers, (k + 1).
  package private(set) var pairs: [Int]

  package init(sums: [Double], pairs: [Int]) {
    precondition(sums.count == pairs.count && !sums.isEmpty, "a sum and a count for each key")
    self.sums = sums
    self.pairs = pairs
  }

  /// Each key is summed over the images that it has both answers for: a rule that is the same for every key, so a lost
  /// answer costs its own key one image and no other.
  package init(_ scores: KeyedScores) {
    sums = []
    pairs = []
    for marked in [scores.real] + scores.decoys {
      var sum = 0.0
      var count = 0
      for (clean, marked) in zip(scores.clean, marked) {
        guard let clean, let marked else { continue }
        sum += marked - clean
        count += 1
      }
      sums.append(sum)
      pairs.append(count)
    }
  }

  /// k.
  package var decoys: Int { sums.count - 1 }

  /// The fewest pairs that a key has.
  package var leastPairs: Int { pairs.min() ?? 0 }

  /// ΔP of each key, the real one first; nil for a key without a pair.
  package var deltaP: [Double?] { zip(sums, pairs).map { $1 == 0 ? nil : $0 / Double($1) } }

  package mutating func add(_ other: Self) {
    precondition(sums.count == other.sums.count, "the same keys")
    for key in sums.indices {
      sums[key] += other.sums[key]
      pairs[key] += other.pairs[key]
    }
  }

  /// The real key's rank by ΔP.
  /// - Throws: `tooFew`, `notFinite`.
  package func rank() throws(EvidenceError) -> ExchangeableRank {
    guard leastPairs > 0 else { throw .tooFew(what: "pairs of answers for a key", count: 0, least: 1) }
    return try ExchangeableRank(
      of: sums[0] / Double(pairs[0]), among: (1..<max(1, sums.count)).lazy.map { sums[$0] / Double(pairs[$0]) })
  }
}
