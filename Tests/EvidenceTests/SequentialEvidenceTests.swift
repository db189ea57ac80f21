import Testing

@testable import Evidence

@Suite struct SequentialEvidenceTests {
  static let key = RandomSource.key(release: "cifar-1", index: 0)

  static func totals(real: Double, decoys: [Double], pairs: Int = 20) -> KeyTotals {
    KeyTotals(
      sums: ([real] + decoys).map { $0 * Double(pairs) }, pairs: [Int](repeating: pairs, count: decoys.count + 1))
  }

  /// A key that leads its 199 decoys after `looks` looks, at α = 0.05.
  static func leading(_ index: Int, looks: Int) throws -> PooledKeyEvidence {
    var evidence = PooledKeyEvidence(
      .key(release: "cifar-1", index: index), decoys: 199, spending: AlphaSpending(alpha: 0.05))
    for _ in 0..<looks {
      try evidence.absorb(totals(real: 0.5, decoys: (0..<199).map { Double($0) / 1_000 }), .probabilities)
      try evidence.look()
    }
    return evidence
  }

  @Test func spendsAlphaOverAllLooksAndNoMore() {
    let spending = AlphaSpending(alpha: 0.01)
    #expect(abs(spending.level(ofLook: 1) - 0.006_079_271_018_540_267) < 1e-17)
    #expect((1...100_000).reduce(0) { $0 + spending.level(ofLook: $1) } < 0.01)
    #expect((1...100_000).reduce(0) { $0 + spending.level(ofLook: $1) } > 0.009_999)
    for look in 1...5 {
      let decoys = spending.decoysNeeded(forLook: look)
      #expect(1 / Double(decoys + 1) <= spending.level(ofLook: look))
      #expect(1 / Double(decoys) > spending.level(ofLook: look))
      #expect(spending.lastLook(withDecoys: decoys) == look && spending.lastLook(withDecoys: decoys - 1) == look - 1)
    }
  }

  @Test func poolsAuditsAndChargesLooks() throws {
    var evidence = PooledKeyEvidence(Self.key, decoys: 2, spending: AlphaSpending(alpha: 0.9))
    #expect(throws: EvidenceError.tooFew(what: "audits", count: 0, least: 1)) { try evidence.look() }
    try evidence.absorb(
      KeyedScores(.probabilities, clean: [0.1], real: [0.2], decoys: [[0.9], [0.1]]))
    #expect(try evidence.look().rank.rank == 2)
    try evidence.absorb(
      KeyedScores(.probabilities, clean: [0, 0], real: [1, 1], decoys: [[0.1, 0.1], [0, 0]]))
    let look = try evidence.look()
    #expect(look.number == 2 && look.audits == 2 && look.leastPairs == 3 && look.rank.rank == 1)
    #expect(look.rank.score == 2.1 / 3)
    #expect(abs(look.level - 0.9 * 0.607_927_101_854_026_7 / 4) < 1e-15 && look.rank.leastP > look.level)
    #expect(evidence.looks.count == 2)
  }

  @Test func refusesOtherDecoysAndOtherAnswers() throws {
    var evidence = PooledKeyEvidence(Self.key, decoys: 2, spending: AlphaSpending(alpha: 0.05))
    #expect(throws: EvidenceError.unequalCounts(what: "decoys", count: 3, expected: 2)) {
      try evidence.absorb(Self.totals(real: 0, decoys: [0, 0, 0]), .label)
    }
    try evidence.absorb(Self.totals(real: 0, decoys: [0, 0]), .label)
    #expect(throws: EvidenceError.kindChanged(from: .label, to: .probabilities)) {
      try evidence.absorb(Self.totals(real: 0, decoys: [0, 0]), .probabilities)
    }
    #expect(throws: EvidenceError.notFinite(what: "sum of key", index: 2)) {
      try evidence.absorb(Self.totals(real: 0, decoys: [0, .nan]), .label)
    }
    #expect(evidence.audits == 1)
  }

  @Test func weeksOfOneKeyNeverMultiply() throws {
    for looks in [1, 2, 10, 500] {
      let bet = try #require(try Self.leading(0, looks: looks).eValue)
      // The whole of one key is at most the bet on a first place, 200/H₂₀₀ ≈ 34: never enough for α = 0.01 alone.
      #expect(bet.value < 34.03 && (looks < 500 || bet.value > 33.9))
    }
  }

  @Test func aCoinCountsOnce() throws {
    var twins = TwinEvidence(release: "cifar-1")
    try twins.add(sample: 4, published: 1, withheld: 0)
    #expect(throws: EvidenceError.coinSpentTwice(sample: 4, .coins(release: "cifar-1"))) {
      try twins.add(sample: 4, published: 1, withheld: 0)
    }
    #expect(throws: EvidenceError.notFinite(what: "twin score of sample", index: 5)) {
      try twins.add(sample: 5, published: .nan, withheld: 0)
    }
    try twins.add(sample: 5, published: 0, withheld: 0)
    #expect(twins.pairs == DiscordantPairs(favourable: 1, adverse: 0, equal: 1))
    #expect(twins.p.value == 0.5 && twins.source == .coins(release: "cifar-1"))
  }
}
