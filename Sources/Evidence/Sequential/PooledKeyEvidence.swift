import Glibc

/// All audits of one suspect about one key, pooled: one draw of a key is one piece of evidence, however often it is asked.
///
/// An innocent model that leans by chance towards the real key leans the same way every Monday. So answers are summed over
/// audits, the real key is ranked once by its pooled ΔP, and each look at that rank is paid for by α-spending. Looks are
/// never multiplied.
///
/// An audit need not be a look: `absorb` sharpens the scores for nothing. When to look must be settled in advance, or by
/// numbers of answers, never by how the real key is doing.
/// - Source: METHODS §5.5
package struct PooledKeyEvidence: Sendable, Equatable {
  /// One paid look at the pooled rank.
  package struct Look: Sendable, Equatable {
    package let source: RandomSource
    /// a, from 1.
    package let number: Int
    /// Audits pooled so far.
    package let audits: Int
    /// The fewest pairs of answers that a key has.
    package let leastPairs: Int
    package let rank: ExchangeableRank
    /// The key's, so far.
    package let deltaP: Double
    /// α_a.
    package let level: Double

    package var p: PValue { rank.p }
    /// Whether so many decoys can reach α_a at all.
    package var isAttainable: Bool { rank.leastP <= level }
  }

  package let source: RandomSource
  package let spending: AlphaSpending
  /// k, drawn and recorded before the first query.
  package let decoys: Int
  package private(set) var kind: ScoreKind?
  package private(set) var audits = 0
  /// Sums over all audits; nil before the first.
  package private(set) var totals: KeyTotals?
  package private(set) var looks: [Look] = []
  /// Looks at this key that were paid for before these answers, which are about a model that is gone.
  package let looksBefore: Int

  package init(_ source: RandomSource, decoys: Int, spending: AlphaSpending, looksBefore: Int = 0) {
    precondition(decoys >= 1 && looksBefore >= 0, "a key is ranked among decoys")
    self.looksBefore = looksBefore
    self.source = source
    self.decoys = decoys
    self.spending = spending
  }

  /// Adds an audit's answers. Costs no error, whatever their number.
  /// - Throws: `unequalCounts` for other decoys than the recorded ones, `kindChanged` if labels follow probabilities.
  package mutating func absorb(_ scores: KeyedScores) throws(EvidenceError) {
    try absorb(scores.totals, scores.kind)
  }

  /// Adds an audit of which only the sums were kept.
  package mutating func absorb(_ audit: KeyTotals, _ kind: ScoreKind) throws(EvidenceError) {
    guard audit.decoys == decoys else {
      throw .unequalCounts(what: "decoys", count: audit.decoys, expected: decoys)
    }
    if let known = self.kind, known != kind { throw .kindChanged(from: known, to: kind) }
    if let index = audit.sums.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(what: "sum of key", index: index)
    }
    self.kind = kind
    audits += 1
    if totals == nil { totals = audit } else { totals?.add(audit) }
  }

  private var nextLook: Int { looksBefore + looks.count + 1 }

  /// α_a of the look that comes next.
  package var nextLevel: Double { spending.level(ofLook: nextLook) }

  /// Ranks the real key by all answers so far, and pays α_a for it.
  /// - Throws: `tooFew` if some key has no pair of answers yet; such a look is not counted.
  @discardableResult package mutating func look() throws(EvidenceError) -> Look {
    guard let totals else { throw .tooFew(what: "audits", count: 0, least: 1) }
    let rank = try totals.rank()
    let look = Look(
      source: source, number: nextLook, audits: audits, leastPairs: totals.leastPairs, rank: rank,
      deltaP: totals.keyDeltaP ?? rank.score, level: nextLevel)
    looks.append(look)
    return look
  }

  /// The first look that convicts; without one the last. Nil before the first look.
  /// - Parameter level: what a look has to reach; by default what was fixed for it.
  package func decisive(at level: (Look) -> Double = { $0.level }) -> Look? {
    looks.first { $0.rank.isAtMost(level($0)) } ?? looks.last
  }

  /// The bet on this key, valid at any time: Σ_a w_a·e_a over the looks so far, w_a = 6/(π²a²), e_a the rank's e-value.
  ///
  /// The sum only grows, and its limit has mean ≤ Σ w_a = 1 however the looks hang together, so it is an e-value at
  /// whatever look one stops. Nil before the first look.
  /// - Source: convexity of e-values (Vovk & Wang 2021 §3), weights as in α-spending
  package var eValue: EValue? {
    if looks.isEmpty { return nil }
    return EValue(ln: LogSpace.sum(looks.map { log(AlphaSpending.share(ofLook: $0.number)) + $0.rank.eValue.ln }))
  }
}
