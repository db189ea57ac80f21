import Foundation
import Kernels
import NeuralNet

/// Measures cases one after the other.
package struct BenchmarkSession: Sendable {
  /// Threads of cases that do not fix them.
  package var threads: Int
  /// Of measuring, a case; what prepares and warms up comes on top, and a run is never cut short.
  package var seconds: Double

  /// The median of five needs no more, and five short repeats see more of a shared machine than one long one.
  static let mostRepeats = 5

  package init(threads: Int, seconds: Double) {
    precondition(threads > 0 && seconds > 0)
    self.threads = threads
    self.seconds = seconds
  }

  /// - Parameter isAlone: whether the process measures nothing else, so that its peak memory is the case's.
  package func measure(_ benchmark: BenchmarkCase, isAlone: Bool) throws -> BenchmarkRow {
    let threads = benchmark.threads ?? threads
    let trial = try benchmark.prepare(threads)
    let isKernel = benchmark.unit == .gigaflops && !benchmark.name.hasPrefix(PeakBenchmark.prefix)
    let before = isKernel ? PeakBenchmark.gigaflops() : 0
    let rates = try rates(of: trial)
    let row = BenchmarkRow(
      name: benchmark.name, setting: Processor.kernels.name, threads: threads, unit: benchmark.unit, rates: rates,
      parameters: trial.parameters,
      peakResidentBytes: isAlone && benchmark.measuresMemory ? ResidentMemory.peak() : nil)
    guard isKernel else { return row }
    // The clock may change; the kernel had the better of both.
    var kernel = row
    kernel.shareOfPeak = row.best / max(before, PeakBenchmark.gigaflops())
    return kernel
  }

  /// Rates of up to `mostRepeats` repeats, each of as many runs as fill its part of the time.
  private func rates(of trial: Trial) throws -> [Double] {
    let clock = ContinuousClock()
    func timed() throws -> Double {
      try trial.reset()
      return try clock.measure { try trial.run() } / .seconds(1)
    }
    // Two runs at least, so that every page has been touched and every branch seen.
    var fastest = min(try timed(), try timed())
    let warm = clock.now
    while (clock.now - warm) / .seconds(1) < seconds / 4 { fastest = min(fastest, try timed()) }

    let repeats = max(1, min(Self.mostRepeats, Int(seconds / max(fastest, 1e-9))))
    return try (0..<repeats).map { _ in
      var (runs, spent) = (0.0, 0.0)
      repeat {
        spent += try timed()
        runs += 1
      } while spent < seconds / Double(repeats)
      return trial.work * runs / spent
    }
  }
}

/// The process's memory as the kernel counts it.
enum ResidentMemory {
  /// VmHWM: the most that was resident at a time since the process started, bytes; nil off Linux.
  static func peak() -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      let words = line.split(whereSeparator: \.isWhitespace)
      return words.count > 1 ? Int(words[1]).map { $0 * 1024 } : nil
    }
    return nil
  }
}
