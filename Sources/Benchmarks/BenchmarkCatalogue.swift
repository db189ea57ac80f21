/// Every case that there is on a machine with so many threads.
package struct BenchmarkCatalogue: Sendable {
  package let cases: [BenchmarkCase]

  package init(threads: Int) {
    cases =
      PeakBenchmark.cases + ConvolutionBenchmark.cases + InferenceBenchmark.cases(threads: threads)
      + TrainingBenchmark.cases(threads: threads) + GeneratorBenchmark.cases(threads: threads)
      + ReleaseBenchmark.cases
  }

  /// The cases of these patterns, in the catalogue's order: a case's exact name stands for that case alone, other text
  /// for every case whose name contains it. No pattern means all; `quick` leaves out the long ones that are not named.
  /// - Throws: `BenchmarkError.unknownCase` for a pattern that fits none.
  package func selected(by patterns: [String], quick: Bool) throws -> [BenchmarkCase] {
    let names = Set(cases.map(\.name))
    for pattern in patterns where !names.contains(where: { $0.contains(pattern) }) {
      throw BenchmarkError.unknownCase(pattern: pattern)
    }
    let exact = patterns.filter { names.contains($0) }
    let parts = patterns.filter { !names.contains($0) }
    return cases.filter { benchmark in
      if exact.contains(benchmark.name) { return true }
      guard patterns.isEmpty || parts.contains(where: { benchmark.name.contains($0) }) else { return false }
      return !(quick && benchmark.isLong)
    }
  }
}
