import Testing

@testable import Evidence

/// Expected values: statistics_golden.py (mpmath with 60 digits, scipy).
@Suite struct DistributionTests {
  /// Logarithms agree to 1e-10 of themselves, or 1e-12 near 0.
  static func agree(_ ours: Double, _ theirs: Double, _ tolerance: Double = 1e-10) -> Bool {
    abs(ours - theirs) <= max(tolerance * abs(theirs), 1e-12)
  }

  @Test(arguments: StatisticsGoldens.t) func tailOfStudentsT(_ golden: (t: Double, freedom: Double, ln: Double)) {
    let ours = StudentT.logUpperTail(golden.t, freedom: golden.freedom)
    // Above 1e5 degrees ln Γ itself has 1e-9 of absolute error.
    #expect(Self.agree(ours, golden.ln, golden.freedom > 1e5 ? 1e-8 : 1e-10), "\(ours)")
  }

  @Test(arguments: StatisticsGoldens.normal) func tailOfTheNormal(_ golden: (z: Double, ln: Double)) {
    #expect(Self.agree(StandardNormal.logUpperTail(golden.z), golden.ln, 1e-14))
  }

  @Test(arguments: StatisticsGoldens.normal.filter { $0.z > -5 })
  func quantileInvertsTheTail(_ golden: (z: Double, ln: Double)) {
    #expect(Self.agree(StandardNormal.upperQuantile(logTail: golden.ln), golden.z, 1e-13))
  }

  @Test(arguments: StatisticsGoldens.binomial)
  func tailOfTheBinomial(_ golden: (count: Int, trials: Int, chance: Double, ln: Double)) {
    let ours = Binomial.logUpperTail(golden.count, of: golden.trials, chance: golden.chance)
    #expect(Self.agree(ours, golden.ln), "\(ours)")
  }

  @Test(arguments: StatisticsGoldens.kolmogorov)
  func tailOfKolmogorovsDistance(_ golden: (count: Int, distance: Double, p: Double)) {
    let ours = PValue(ln: KolmogorovSmirnov.logTail(golden.distance, count: golden.count)).value
    #expect(abs(ours - golden.p) <= 1e-9 * golden.p + 1e-13, "\(ours)")
  }

  @Test func limitOfKolmogorovsDistanceMeetsTheExactTail() {
    // At n = 1,000 they differ by O(1/√n); both sides of the switch must tell the same story.
    for distance in [0.025, 0.04, 0.055] {
      let exact = PValue(ln: KolmogorovSmirnov.logTail(distance, count: 1_000)).value
      let limit = PValue(ln: KolmogorovSmirnov.limitingLogTail(distance * 1_000.0.squareRoot())).value
      #expect(abs(exact / limit - 1) < 0.12)
    }
  }

  @Test func complementKeepsItsDigitsAtBothEnds() {
    #expect(LogSpace.complement(0) == -.infinity)
    #expect(LogSpace.complement(-.infinity) == 0)
    #expect(Self.agree(LogSpace.complement(-1e-20), -46.051_701_859_880_91))
    #expect(abs(LogSpace.complement(-50) / -1.928_749_847_963_917_8e-22 - 1) < 1e-12)
    #expect(LogSpace.sum([-5_000, -5_000]) == LogSpace.sum(-5_000, -5_000))
    #expect(LogSpace.sum([]) == -.infinity)
  }
}
