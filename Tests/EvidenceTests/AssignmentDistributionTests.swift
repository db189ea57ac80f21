import Testing

@testable import Evidence

@Suite struct AssignmentDistributionTests {
  /// Totals of an assignment from its means, each over one image.
  private func totals(_ matrix: [[Double]]) throws -> KeyTotals {
    let carriers = matrix[0].count
    return try KeyedScores(
      .label, clean: matrix.map { _ in [0] },
      carriers: (0..<carriers).map { carrier in matrix.map { [$0[carrier]] } }, keySize: matrix.count
    ).totals
  }

  private func distribution(_ values: [Double], classes: Int, bins: Int = 40) -> AssignmentDistribution {
    AssignmentDistribution(of: values, classes: classes, bins: bins)
  }

  /// Values without any pattern.
  private func noise(_ count: Int, seed: UInt64 = 1) -> [Double] {
    var lots = SplitMix64(state: seed)
    return (0..<count).map { _ in Double(lots.below(1_000_001)) / 1_000_000 - 0.5 }
  }

  @Test(arguments: [(2, 2, 2), (3, 5, 60), (5, 7, 2520), (7, 9, 181_440), (10, 12, 1_000_000)])
  func theHistogramCountsEveryKeyOnce(classes: Int, carriers: Int, keys: Int) throws {
    let values = noise(classes * carriers)
    let found = distribution(values, classes: classes)
    #expect(found.keys == keys && found.counts.count <= 40)
    #expect(found.keys == (try ExchangeableRank(ofDiagonalIn: values, classes: classes).others) + 1)
    #expect(found.counts.first != 0 && found.counts.last != 0)
    #expect(found.range.contains(found.score))
  }

  @Test func theKeyLiesWhereItsRankIs() throws {
    var values = noise(5 * 6, seed: 3)
    for place in 0..<5 { values[place * 6 + place] += 3 }
    let found = distribution(values, classes: 5)
    let rank = try ExchangeableRank(ofDiagonalIn: values, classes: 5)
    #expect(rank.rank == 1 && abs(found.score - rank.score) < 1e-12)
    // Alone at the end: what comes next has a class less.
    #expect(found.counts.last == 1 && abs(found.range.upperBound - found.score) < 0.2)
    #expect(try #require(found.standardised) > 3)
  }

  @Test func theUnitOfGainsChangesNothing() {
    let values = noise(3 * 4)
    let others = values.enumerated().map { 7 * $1 + 10 * Double($0 / 4) }
    let (first, second) = (distribution(values, classes: 3), distribution(others, classes: 3))
    #expect(first.counts == second.counts && abs(first.score - second.score) < 1e-12)
  }

  @Test func aModelThatMovesForNothingHasNoSpread() {
    let found = distribution([Double](repeating: 0.25, count: 12), classes: 3)
    #expect(found.counts == [24] && found.standardised == nil && found.score == 0)
    #expect(found.images(toReach: 0.3, from: 10) == nil)
  }

  /// z grows with the root of the number: twice the score needs a quarter of the images.
  @Test func moreImagesAreNeededWhereTheKeyIsLessAhead() throws {
    func ahead(_ gain: Double) -> AssignmentDistribution {
      var values = noise(6 * 8, seed: 5)
      for place in 0..<6 { values[place * 8 + place] = gain }
      return distribution(values, classes: 6)
    }
    let (little, more) = (ahead(0.1), ahead(0.3))
    let needed = try #require(little.images(toReach: 0.001, from: 20))
    let score = try #require(little.standardised)
    #expect(needed == Int((20 * (3.090_232_306 / score) * (3.090_232_306 / score)).rounded(.up)))
    #expect(try #require(more.images(toReach: 0.001, from: 20)) < needed)
    // The key is behind, there are too few keys for the level, or it is as good as nowhere.
    #expect(ahead(-0.1).images(toReach: 0.001, from: 20) == nil)
    #expect(little.images(toReach: 1e-9, from: 20) == nil)
  }

  @Test(arguments: [(0.5, 0.0), (0.025, 1.959_963_984_540), (1e-6, 4.753_424_308_823)])
  func theNormalQuantileIsTheKnownOne(level: Double, quantile: Double) {
    #expect(abs(StandardNormal.quantile(ofUpperTail: level) - quantile) < 1e-9)
  }

  @Test func onlyAnAssignmentThatWasAskedAboutHasOne() throws {
    #expect(KeyTotals(sums: [1, 2, 3], pairs: [1, 1, 1]).assignments() == nil)
    let assigned = try totals([[1, 0, 0], [0, 1, 0]])
    #expect(assigned.assignments()?.keys == 6)
    let silent = try KeyedScores(
      .label, clean: [[0], [0]], carriers: [[[1], [0]], [[nil], [1]]], keySize: 2
    ).totals
    #expect(silent.assignments() == nil)
  }
}
