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

  @Test(arguments: StatisticsGoldens.binomial)
  func tailOfTheBinomial(_ golden: (count: Int, trials: Int, chance: Double, ln: Double)) {
    let ours = Binomial.logUpperTail(golden.count, of: golden.trials, chance: golden.chance)
    #expect(Self.agree(ours, golden.ln), "\(ours)")
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
