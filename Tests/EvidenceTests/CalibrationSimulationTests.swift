import Glibc
import Testing

@testable import Evidence

/// The promises about innocent suspects, kept in simulation. All seeds are fixed, so these tests are as steady as any other.
@Suite struct CalibrationSimulationTests {
  /// The most accusations among `suspects` that a true rate of `level` explains: four standard deviations above its mean.
  static func allowance(_ level: Double, of suspects: Int) -> Int {
    let mean = level * Double(suspects)
    return Int(mean + 4 * (mean * (1 - level)).squareRoot())
  }

  /// Kolmogorov's and Smirnov's distance, the greatest of the distribution functions, in [0, 1].
  static func distanceFromUniform(_ values: [Double]) -> Double {
    let n = Double(values.count)
    return values.sorted().enumerated().reduce(0) {
      max($0, Double($1.offset + 1) / n - $1.element, $1.element - Double($1.offset) / n)
    }
  }

  static func source(_ index: Int) -> RandomSource { .key(release: "release", index: index) }

  @Test func decoyRanksOfInnocentModelsAreUniform() throws {
    var lots = SplitMix(1)
    var totals = [Double](repeating: 0, count: 200)
    var values: [Double] = []
    for seed in 0..<1_000 {
      var suspect = InnocentSuspect(keys: 200, seed: UInt64(seed + 10))
      suspect.audit(&totals)
      let rank = try KeyTotals(sums: totals, pairs: [Int](repeating: 4, count: 200)).rank()
      // Ties are settled by lot, which makes the p-value exactly uniform.
      values.append((Double(rank.above) + lots.uniform() * Double(1 + rank.equal)) / Double(rank.others + 1))
    }
    // Kolmogorov's limit: √n·D above 1.63 has a chance of 1 %, above 2.7 one of 1e-6.
    #expect(Self.distanceFromUniform(values) * 1_000.0.squareRoot() < 1.63)
    // The same test sees a tenth of the models leaning to the real key.
    for index in 0..<100 { values[index] /= 200 }
    #expect(Self.distanceFromUniform(values) * 1_000.0.squareRoot() > 2.7)
  }

  @Test func decoyRanksOfInnocentLabelsAreValidDespiteTies() throws {
    // Labels of 10 images: many ties. The p-value may be larger than uniform, never smaller.
    var random = SplitMix(2)
    var small = 0
    for _ in 0..<2_000 {
      let sums = (0..<20).map { _ in Double((random.next() & 0x3FF & random.next()).nonzeroBitCount) }
      if try KeyTotals(sums: sums, pairs: [Int](repeating: 10, count: 20)).rank().isAtMost(0.1) { small += 1 }
    }
    #expect(small <= Self.allowance(0.1, of: 2_000) && small > 20)
  }

  @Test func aThousandInnocentSuspectsOverAThousandAudits() throws {
    let keys = 50
    let alpha = 0.2
    var accused = 0
    let pairs = [Int](repeating: 4, count: keys)
    var sums = [Double](repeating: 0, count: keys)
    for seed in 0..<1_000 {
      var suspect = InnocentSuspect(keys: keys, seed: UInt64(seed + 5_000))
      var evidence = PooledKeyEvidence(Self.source(0), decoys: keys - 1, spending: AlphaSpending(alpha: alpha))
      var ever = false
      for _ in 0..<1_000 {
        suspect.audit(&sums)
        try evidence.absorb(KeyTotals(sums: sums, pairs: pairs), .probabilities)
        let look = try evidence.look()
        if look.rank.isAtMost(look.level) { ever = true }
      }
      if ever { accused += 1 }
    }
    // 49 decoys can reach the levels of looks 1 and 2 (0.122 and 0.030), by 6 places and 1 of 50: 0.14 at most.
    #expect(accused <= Self.allowance(alpha, of: 1_000))
    #expect(accused <= Self.allowance(0.14, of: 1_000))
    #expect(accused > 60, "the suspects do lean: \(accused)")
  }

  @Test func multiplyingTheWeeksWouldAccuseTheInnocent() throws {
    // The mistake that the pooled evidence forbids, done by hand: each Monday's bet on the same key times the last.
    let keys = 20
    var accused = 0
    var sums = [Double](repeating: 0, count: keys)
    for seed in 0..<100 {
      var suspect = InnocentSuspect(keys: keys, seed: UInt64(seed + 9_000))
      var product = 0.0
      var ever = false
      for _ in 0..<1_000 {
        suspect.audit(&sums)
        product += try KeyTotals(sums: sums, pairs: [Int](repeating: 4, count: keys)).rank().eValue.ln
        if product >= -log(0.01) { ever = true }
      }
      if ever { accused += 1 }
    }
    #expect(accused > 10, "\(accused) of 100")
  }
}
