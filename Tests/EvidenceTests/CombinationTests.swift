import Testing

@testable import Evidence

/// Expected values: statistics_golden.py.
@Suite struct CombinationTests {
  static func fresh(_ logs: [Double]) -> [FreshPValue] {
    logs.enumerated().map { FreshPValue(PValue(ln: $1), of: .key(release: "cifar-1", index: $0)) }
  }

  @Test(arguments: StatisticsGoldens.combined)
  func agreesWithScipy(_ golden: (ln: [Double], fisher: Double, stouffer: Double)) throws {
    let values = Self.fresh(golden.ln)
    #expect(DistributionTests.agree(try Combination.fisher(values).ln, golden.fisher))
    #expect(DistributionTests.agree(try Combination.stouffer(values).ln, golden.stouffer))
  }

  @Test func refusesTwoPValuesOfOneDraw() {
    let monday = FreshPValue(PValue(0.005), of: .key(release: "cifar-1", index: 0))
    let nextMonday = FreshPValue(PValue(0.005), of: .key(release: "cifar-1", index: 0))
    #expect(throws: EvidenceError.spentTwice(monday.source)) { try Combination.fisher([monday, nextMonday]) }
    #expect(throws: EvidenceError.spentTwice(monday.source)) { try Combination.stouffer([monday, nextMonday]) }
    #expect(throws: EvidenceError.tooFew(what: "p-values", count: 0, least: 1)) { try Combination.fisher([]) }
  }

  @Test func aPValueOfOneCombines() throws {
    #expect(try Combination.fisher(Self.fresh([0, 0])).value == 1)
    #expect(try Combination.stouffer(Self.fresh([0, -20])).value == 1)
  }

  @Test func bonferroniMultipliesAndStopsAtOne() {
    let adjusted = Multiplicity.bonferroni([PValue(0.01), PValue(0.4), PValue(ln: -5_000)])
    #expect(abs(adjusted[0].value - 0.03) < 1e-15 && adjusted[1].value == 1)
    #expect(abs(adjusted[2].ln + 5_000 - 1.098_612_288_668_11) < 1e-9)
  }

  @Test func eBHAcceptsTheLargestSetThatPays() {
    // n = 4, level 0.1: the j-th largest must be at least 40/j.
    func accused(_ values: [Double]) -> [Int] { Multiplicity.eBH(values.map { EValue($0) }, level: 0.1) }
    #expect(accused([1, 39, 2, 3]) == [])
    #expect(accused([1, 40, 2, 3]) == [1])
    #expect(accused([1, 39, 20, 3]) == [1, 2])
    #expect(accused([13.4, 13.4, 13.4, 0]) == [0, 1, 2])
    #expect(accused([]) == [])
  }

  @Test(arguments: StatisticsGoldens.uniform)
  func uniformityAgreesWithScipy(_ golden: (values: [Double], distance: Double, p: Double)) throws {
    let test = try KolmogorovSmirnov(uniform: golden.values)
    #expect(abs(test.distance - golden.distance) < 1e-14)
    #expect(abs(test.p.value - golden.p) <= 1e-9 * golden.p + 1e-13, "\(test.p.value)")
  }

  @Test(arguments: StatisticsGoldens.twoSamples)
  func twoSamplesAgreeWithScipy(_ golden: (first: [Double], second: [Double], distance: Double, p: Double)) throws {
    let test = try KolmogorovSmirnov(golden.first, golden.second)
    #expect(abs(test.distance - golden.distance) < 1e-14)
    #expect(abs(test.p.value - golden.p) <= 1e-10 * golden.p, "\(test.p.value)")
  }

  @Test func refusesValuesThatAreNoPValues() {
    #expect(throws: EvidenceError.outOfRange(what: "value", index: 1, value: 1.5)) {
      try KolmogorovSmirnov(uniform: [0.5, 1.5])
    }
    #expect(throws: EvidenceError.notFinite(what: "second value", index: 0)) { try KolmogorovSmirnov([1], [.nan]) }
    #expect(throws: EvidenceError.tooFew(what: "values", count: 0, least: 1)) { try KolmogorovSmirnov(uniform: []) }
  }
}
