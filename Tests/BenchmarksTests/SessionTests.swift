import Testing

@testable import Benchmarks

struct SessionTests {
  @Test func countsEachRunOnceAndResetsBeforeIt() throws {
    final class Counter: @unchecked Sendable {
      var (runs, resets) = (0, 0)
    }
    let counter = Counter()
    let benchmark = BenchmarkCase("counting", unit: .megabytes) { _ in
      Trial(
        work: 3,
        reset: {
          counter.resets += 1
          #expect(counter.resets == counter.runs + 1)
        }, run: { counter.runs += 1 })
    }
    let row = try BenchmarkSession(threads: 1, seconds: 1e-4).measure(benchmark, isAlone: false)
    #expect(counter.runs == counter.resets && counter.runs >= 3)
    #expect(row.median > 0 && row.best >= row.median && row.best.isFinite)
    #expect(row.peakResidentBytes == nil && row.shareOfPeak == nil)
  }

  @Test func saysTheProcessesMemoryOnlyWhenItIsAlone() throws {
    let benchmark = BenchmarkCase("memory", unit: .images) { _ in Trial(work: 1, run: {}) }
    let session = BenchmarkSession(threads: 1, seconds: 1e-4)
    #expect(try session.measure(benchmark, isAlone: false).peakResidentBytes == nil)
    #if os(Linux)
      let bytes = try #require(try session.measure(benchmark, isAlone: true).peakResidentBytes)
      #expect(bytes > 1 << 20)
    #endif
  }

  @Test func measuresAPeakAndAShareOfIt() throws {
    #expect(PeakBenchmark.gigaflops() > 0)
    let smallest = try #require(
      BenchmarkCatalogue(threads: 1).cases.first { $0.name.hasPrefix("convolution/1x1/32-3/") })
    let row = try BenchmarkSession(threads: 1, seconds: 1e-4).measure(smallest, isAlone: false)
    #expect(try #require(row.shareOfPeak) > 0)
  }
}
