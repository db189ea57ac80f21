import Testing

@testable import Evidence

/// The promises about innocent suspects, kept in simulation. All seeds are fixed, so these tests are as steady as any other.
@Suite struct CalibrationSimulationTests {
  /// The most accusations among `suspects` that a true rate of `level` explains: four standard deviations above its mean.
  static func allowance(_ level: Double, of suspects: Int) -> Int {
    let mean = level * Double(suspects)
    return Int(mean + 4 * (mean * (1 - level)).squareRoot())
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
      values.append(rank.smoothed(lot: lots.uniform()))
    }
    #expect(!(try KolmogorovSmirnov(uniform: values).p.isAtMost(0.01)))
    // The same test sees a tenth of the models leaning to the real key.
    for index in 0..<100 { values[index] /= 200 }
    #expect(try KolmogorovSmirnov(uniform: values).p.isAtMost(1e-6))
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
        if try evidence.look().isAtLevel { ever = true }
      }
      if ever { accused += 1 }
    }
    // 49 decoys can reach the levels of looks 1 and 2 (0.122 and 0.030), by 6 places and 1 of 50: 0.14 at most.
    #expect(accused <= Self.allowance(alpha, of: 1_000))
    #expect(accused <= Self.allowance(0.14, of: 1_000))
    #expect(accused > 60, "the suspects do lean: \(accused)")
  }

  @Test func multiplyingTheWeeksWouldAccuseTheInnocent() throws {
    // The mistake that the types forbid, done by hand: each Monday's bet on the same key times the last.
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
        if EValue(ln: product).reaches(0.01) { ever = true }
      }
      if ever { accused += 1 }
    }
    #expect(accused > 10, "\(accused) of 100")
  }

  @Test func independentKeysOfAThousandInnocentSuspects() throws {
    // Four keys of nine decoys each, looked at after 1, 2, 4, … 512 audits; α = 0.05.
    let keys = 10
    let alpha = 0.05
    var accused = 0
    var mean = 0.0
    var sums = [Double](repeating: 0, count: keys)
    let pairs = [Int](repeating: 4, count: keys)
    for seed in 0..<1_000 {
      var evidence = IndependentEvidence(alpha: alpha)
      var suspects = (0..<4).map { InnocentSuspect(keys: keys, seed: UInt64(seed * 4 + $0 + 20_000)) }
      var pooled = (0..<4).map {
        PooledKeyEvidence(Self.source($0), decoys: keys - 1, spending: AlphaSpending(alpha: alpha))
      }
      for audit in 1...1_000 {
        for key in 0..<4 {
          suspects[key].audit(&sums)
          try pooled[key].absorb(KeyTotals(sums: sums, pairs: pairs), .probabilities)
          if audit & (audit - 1) == 0 {
            try pooled[key].look()
            evidence.update(pooled[key])
          }
        }
      }
      if evidence.isAtLevel { accused += 1 }
      mean += evidence.eValue.value / 1_000
    }
    #expect(accused <= Self.allowance(alpha, of: 1_000) && accused > 0, "\(accused)")
    #expect(mean < 1.5, "the mean bet is about 1, not \(mean)")
  }

  @Test func innocentTwinsStayBelowTheLine() throws {
    var random = SplitMix(3)
    var accused = 0
    for _ in 0..<500 {
      var evidence = IndependentEvidence(alpha: 0.05)
      var twins = TwinEvidence(release: "release")
      for sample in 0..<100 {
        try twins.add(sample: sample, published: Double(random.next() & 1), withheld: 0.5)
        evidence.update(twins)
      }
      if evidence.isAtLevel { accused += 1 }
    }
    #expect(accused <= Self.allowance(0.05, of: 500))
  }

  @Test func theEvidenceAgainstAUserGrowsWithKeysAndCoins() throws {
    // A model trained on the release: 0.1 of ΔP for the real keys, noise of ±0.2 an audit on all.
    var byKeys: [Double] = []
    var evidence = IndependentEvidence(alpha: 0.01)
    var random = SplitMix(4)
    for key in 0..<4 {
      var pooled = PooledKeyEvidence(Self.source(key), decoys: 99, spending: AlphaSpending(alpha: 0.01))
      for _ in 0..<40 {
        let sums = (0..<100).map { ($0 == 0 ? 0.1 : 0) + 0.4 * (random.uniform() - 0.5) }
        try pooled.absorb(KeyTotals(sums: sums, pairs: [Int](repeating: 1, count: 100)), .probabilities)
      }
      try pooled.look()
      evidence.update(pooled)
      byKeys.append(evidence.eValue.ln)
    }
    #expect(zip(byKeys, byKeys.dropFirst()).allSatisfy { $0 + 1 < $1 } && evidence.isAtLevel)

    var byCoins: [Double] = []
    var twins = TwinEvidence(release: "release")
    for sample in 0..<800 {
      try twins.add(sample: sample, published: random.uniform() < 0.6 ? 1 : 0, withheld: 0.5)
      if sample % 200 == 199 { byCoins.append(twins.eValue.ln) }
    }
    #expect(zip(byCoins, byCoins.dropFirst()).allSatisfy { $0 < $1 } && byCoins[3] > 4.6)
  }
}
