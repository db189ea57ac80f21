import Testing

@testable import Evidence

@Suite struct ScoreTests {
  @Test func refusesScoresThatAreNoScores() throws {
    #expect(throws: EvidenceError.notFinite(what: "clean score", index: 1)) {
      try KeyScores(.probabilities, clean: [0, .nan], marked: [0, 0])
    }
    #expect(throws: EvidenceError.outOfRange(what: "marked score", index: 0, value: 1.2)) {
      try KeyScores(.probabilities, clean: [0], marked: [1.2])
    }
    #expect(throws: EvidenceError.notALabel(index: 0, value: 0.5)) {
      try KeyScores(.label, clean: [1], marked: [0.5])
    }
    #expect(throws: EvidenceError.unequalCounts(what: "marked scores", count: 1, expected: 2)) {
      try KeyScores(.label, clean: [1, 0], marked: [1])
    }
    #expect(throws: EvidenceError.unequalCounts(what: "marked scores", count: 3, expected: 2)) {
      try KeyedScores(.label, clean: [1, 0], real: [1, 0], decoys: [[1, 0], [0, 0, 0]])
    }
    #expect(throws: EvidenceError.notFinite(what: "marked score", index: 1)) {
      try KeyedScores(.probabilities, clean: [1, 0], real: [1, 0], decoys: [[1, .infinity]])
    }
  }

  @Test func boundsWhatATopKAnswerLeavesOut() {
    let answer = TopAnswer([3: 0.5, 7: 0.25, 1: 0.125])
    #expect(answer.bounds(of: 7) == 0.25...0.25)
    #expect(answer.bounds(of: 0) == 0...0.125)
    #expect(TopAnswer([2: 0.75]).bounds(of: 0) == 0...0.25)
    #expect(TopAnswer([2: 0.75, 4: 0.4]).bounds(of: 0) == 0...0)  // rounded answers may sum to more than 1
    #expect(TopAnswer([:]).bounds(of: 0) == 0...1)
  }

  @Test func aLostAnswerCostsItsOwnKeyOneImage() throws {
    let scores = try KeyedScores(
      .probabilities, clean: [0.1, 0.2, nil, 0.1], real: [0.5, nil, 0.9, 0.3], decoys: [[0.1, 0.2, 0.3, 0.1]])
    #expect(scores.totals.pairs == [2, 3])
    let deltas = scores.totals.deltaP.map { $0 ?? .nan }
    #expect(abs(deltas[0] - 0.3) < 1e-15 && deltas[1] == 0)
    #expect(try scores.rank().rank == 1)
    let lost = try KeyedScores(.probabilities, clean: [0.1], real: [0.5], decoys: [[nil]])
    #expect(throws: EvidenceError.tooFew(what: "pairs of answers for a carrier", count: 0, least: 1)) {
      try lost.rank()
    }
    let alone = try KeyedScores(.probabilities, clean: [0.1], real: [0.5], decoys: [])
    #expect(throws: EvidenceError.tooFew(what: "other scores", count: 0, least: 1)) { try alone.rank() }
  }

  @Test func tiesCountAgainstUs() throws {
    let rank = try ExchangeableRank(of: 0.5, among: [0.5, 0.1, 0.9, 0.5])
    #expect(rank.rank == 4 && rank.p.value == 0.8 && rank.leastP == 0.2)
    // A constant suspect ties with everything.
    #expect(try ExchangeableRank(of: 0, among: [Double](repeating: 0, count: 199)).p.value == 1)
    #expect(throws: EvidenceError.notFinite(what: "score", index: -1)) { try ExchangeableRank(of: .nan, among: [1]) }
    #expect(throws: EvidenceError.notFinite(what: "other score", index: 1)) {
      try ExchangeableRank(of: 0, among: [1, .nan])
    }
  }

  @Test func oneTwentiethIsAtTheLevelOfFivePercent() throws {
    let rank = try ExchangeableRank(of: 1, among: (0..<19).map { _ in 0.0 })
    #expect(rank.isAtMost(0.05) && rank.p.isAtMost(0.05) && !rank.isAtMost(0.049_999))
  }

  @Test(arguments: [1, 2, 19, 199]) func theBetOnARankIsFair(others: Int) throws {
    let values = (0..<others).map { Double($0) }
    var mean = 0.0
    for place in 0...others {
      mean += try ExchangeableRank(of: Double(place) - 0.5, among: values).eValue.value / Double(others + 1)
    }
    #expect(abs(mean - 1) < 1e-12)
  }
}

@Suite struct KeySubsetTests {
  @Test func ranksAKeyOfThreeCarriersAmongAllThatCouldHaveBeenDrawn() throws {
    // Sums of three: the first three are 9, 7 and 4; only {9, 8, 7}, {9, 8, 4} and {9, 8, 3} ({9, 8, 3} ties) are ≥ 20.
    let rank = try ExchangeableRank(ofFirst: 3, among: [9, 7, 4, 8, 3, 0])
    #expect(rank.others == 19)
    #expect(rank.above == 2 && rank.equal == 1)
    #expect(rank.p.value == 4.0 / 20)
    #expect(abs(rank.score - 20.0 / 3) < 1e-12)
  }

  @Test func aKeyOfOneCarrierIsRankedAsBefore() throws {
    let values = [0.5, 0.5, 0.1, 0.9, 0.5]
    #expect(
      try ExchangeableRank(ofFirst: 1, among: values)
        == ExchangeableRank(of: values[0], among: values.dropFirst()))
  }

  @Test func countsRoundingAsATie() throws {
    // 0.1 + 0.2 + 0.3 and 0.3 + 0.3 + 0.0 differ in the last bit.
    let rank = try ExchangeableRank(ofFirst: 3, among: [0.1, 0.2, 0.3, 0.3, 0.0])
    #expect(rank.equal >= 1)
  }

  /// An innocent model's carriers have any scores at all; the key is drawn afterwards.
  @Test func isUniformOverTheDrawOfTheKey() throws {
    let values = [0.9, 0.9, 0.5, 0.2, 0.2, 0.1, 0.05, 0.0]
    var small = 0
    var all = 0
    for first in 0..<8 {
      for second in 0..<8 where second != first {
        let rest = (0..<8).filter { $0 != first && $0 != second }.map { values[$0] }
        let rank = try ExchangeableRank(ofFirst: 2, among: [values[first], values[second]] + rest)
        all += 1
        if rank.isAtMost(0.25) { small += 1 }
      }
    }
    #expect(Double(small) / Double(all) <= 0.25)
  }

  @Test func anImageCountsOnceHoweverManyCarriersItShows() throws {
    let scores = try KeyedScores(
      .probabilities, clean: [0.1, 0], carriers: [[0.5, 1], [0.7, nil], [0, 0]], keySize: 2)
    #expect(scores.realScores.marked == [0.6, nil])
    #expect(scores.totals.decoys == 2)
    let hits = try KeyedScores(.label, clean: [0, 1], carriers: [[1, 1], [0, 1], [0, 0]], keySize: 2)
    #expect(hits.realScores.clean == [0, 1] && hits.realScores.marked == [0.5, 1])
    #expect(throws: EvidenceError.unequalCounts(what: "carriers of the key", count: 1, expected: 2)) {
      try KeyedScores(.label, clean: [0], carriers: [[1]], keySize: 2)
    }
  }
}
