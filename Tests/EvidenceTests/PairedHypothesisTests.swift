import Testing

@testable import Evidence

/// Expected values: statistics_golden.py.
@Suite struct PairedHypothesisTests {
  @Test(arguments: StatisticsGoldens.paired.indices) func agreesWithScipy(_ index: Int) throws {
    let golden = StatisticsGoldens.paired[index]
    let t = try PairedT(golden.differences, margin: golden.margin)
    #expect(abs(t.statistic - golden.t) <= 1e-11 * abs(golden.t))
    #expect(DistributionTests.agree(t.p.ln, golden.lnT, 1e-9))
    let ranks = try SignedRank(golden.differences)
    #expect(ranks.statistic == golden.signedRank)
    #expect((ranks.method == .exact) == golden.exact)
    #expect(abs(ranks.p.value - golden.pSignedRank) <= 1e-11 * golden.pSignedRank, "\(ranks.p.value)")
    let signs = try DiscordantPairs(signsOf: golden.differences)
    #expect(signs.favourable == golden.positive && signs.adverse == golden.negative)
    #expect(abs(signs.p.value - golden.pSign) <= 1e-11 * golden.pSign)
  }

  @Test func keepsTheSizeOfPValuesThatADoubleCannotHold() throws {
    let differences = (0..<2_000).map { 0.9 + 0.01 * Double($0 % 7) }
    let t = try PairedT(differences, margin: 0.25)
    #expect(t.p.value == 0 && t.p.ln < -6_900 && t.p.ln.isFinite)
    #expect(t.p.isAtMost(1e-300))
    let hits = DiscordantPairs(favourable: 2_000, adverse: 0, equal: 0)
    #expect(abs(hits.p.ln + 1_386.294_361_119_890_6) < 1e-9)  // 2⁻²⁰⁰⁰
  }

  @Test func marginMovesTheHypothesis() throws {
    let differences = [0.2, 0.3, 0.25, 0.35, 0.15, 0.3]
    let none = try PairedT(differences, margin: 0).p
    let quarter = try PairedT(differences, margin: 0.25).p
    #expect(none.isAtMost(0.001) && !quarter.isAtMost(0.3))
    #expect(try SignedRank(differences, margin: 0.5).statistic == 0)
    #expect(try SignedRank(differences, margin: 0.5).p.value == 1)
  }

  @Test func namesWhatCannotBeTested() {
    #expect(throws: EvidenceError.tooFew(what: "pairs", count: 1, least: 2)) { try PairedT([0.5], margin: 0) }
    #expect(throws: EvidenceError.zeroVariance(count: 3)) { try PairedT([0.3, 0.3, 0.3], margin: 0.25) }
    #expect(throws: EvidenceError.notFinite(what: "difference", index: 1)) { try PairedT([0, .nan, 1], margin: 0) }
    #expect(throws: EvidenceError.notFinite(what: "difference", index: 0)) { try SignedRank([.infinity, 1]) }
    #expect(throws: EvidenceError.noDifference(count: 2)) { try SignedRank([0, 0]) }
    #expect(throws: EvidenceError.tooFew(what: "pairs", count: 0, least: 1)) { try SignedRank([]) }
    #expect(throws: EvidenceError.notFinite(what: "difference", index: 2)) {
      try DiscordantPairs(signsOf: [1, 0, -.infinity])
    }
  }

  @Test func mcNemarCountsDiscordantPairsOnly() throws {
    // 5 images turned into the target class, 1 turned away, 4 the same: P(Bin(6, ½) ≥ 5) = 7/64.
    let clean: [Double?] = [0, 0, 0, 0, 0, 1, 0, 0, 1, 1, nil]
    let marked: [Double?] = [1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1]
    let tests = PairedTests(try KeyScores(.label, clean: clean, marked: marked), margin: 0.25)
    #expect(tests.count == 10)
    #expect(tests.discordant == DiscordantPairs(favourable: 5, adverse: 1, equal: 4))
    #expect(abs(tests.discordant.p.value - 7.0 / 64) < 1e-15)
    #expect(DiscordantPairs(favourable: 0, adverse: 0, equal: 9).p.value == 1)
  }

  @Test func mcNemarTakesEachImageUnderOneCarrierOfTheKey() throws {
    // Image 0 under carrier 0, image 1 under carrier 1, image 2 under carrier 0 again; image 3 has not all answers.
    let scores = try KeyedScores(
      .label, clean: [0, 0, 1, 0], carriers: [[1, 1, 0, 1], [0, 0, 1, nil], [0, 0, 0, 0]], keySize: 2)
    let tests = PairedTests(scores, margin: 0.25)
    #expect(tests.count == 3 && tests.deltaP == 1.0 / 6)
    #expect(tests.discordant == DiscordantPairs(favourable: 1, adverse: 1, equal: 1))
    let again = PairedTests(scores, later: [scores], margin: 0.25)
    #expect(again.count == 6 && again.discordant == DiscordantPairs(favourable: 2, adverse: 2, equal: 2))
  }

  @Test func mcNemarHoldsItsLevelUnderKeysOfSeveralCarriers() throws {
    // An innocent model that calls one image in ten the target class, marked or not: 2,000 audits of 60 images.
    var stream = SplitMix(5)
    func hits() -> [Double?] { (0..<60).map { _ in Int.random(in: 0..<10, using: &stream) == 0 ? 1 : 0 } }
    var convicted = 0
    for _ in 0..<2000 {
      let scores = try KeyedScores(.label, clean: hits(), carriers: [hits(), hits(), hits()], keySize: 2)
      if PairedTests(scores, margin: 0).discordant.p.isAtMost(0.05) { convicted += 1 }
    }
    // The exact test is conservative; three standard errors above .05 are .065.
    #expect(convicted > 0 && convicted < 130)
  }

  @Test func keepsTheOtherTestsWhenOneCannotBeDone() throws {
    let scores = try KeyScores(.probabilities, clean: [0, 0, 0], marked: [0.5, 0.5, 0.5])
    let tests = PairedTests(scores, margin: 0.25)
    #expect(tests.t == .failure(.zeroVariance(count: 3)))
    #expect(abs(try tests.signedRank.get().p.value - 0.125) < 1e-15)
    #expect(tests.deltaP == 0.5)
    let none = PairedTests(try KeyScores(.probabilities, clean: [nil], marked: [1]), margin: 0.25)
    #expect(none.count == 0 && none.deltaP == nil && none.discordant.p.value == 1)
    #expect(none.t == .failure(.tooFew(what: "pairs", count: 0, least: 2)))
  }
}
