import Testing

@testable import Jobs

@Suite struct ScoreDistributionsTests {
  @Test func longDistributionsAreGivenByQuantiles() {
    let values = (0..<10_000).map { Double($0) / 10_000 }
    let summary = ScoreDistributions.summary(values.reversed())
    #expect(summary.count == ScoreDistributions.longest && summary == summary.sorted())
    #expect(abs(summary.reduce(0, +) / Double(summary.count) - 0.5) < 0.001)
    #expect(ScoreDistributions.summary([0.300049, 0.1]) == [0.1, 0.3])
  }
}
