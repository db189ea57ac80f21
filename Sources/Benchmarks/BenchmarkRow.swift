import Foundation
import Foundations
import Jobs

/// One measurement's result, and one line of `dandyroll bench --json`. The peers' scripts print the same keys.
package struct BenchmarkRow: Codable, Sendable, Equatable {
  package var name: String
  package var program = "dandyroll"
  package var version = ProgramVersion.current
  /// The set of kernels: "avx512", "avx2", "sse2" …
  package var setting: String
  package var threads: Int
  package var unit: BenchmarkUnit
  /// Over the repeats.
  package var median: Double
  package var best: Double
  package var repeats: Int
  /// The best over the peak of one core, measured just before and after; only of kernels. Above 1 for an algorithm that
  /// needs fewer operations than are counted.
  package var shareOfPeak: Double?
  /// Numbers in the network's file: a comparison sees by it that two networks differ.
  package var parameters: Int?
  /// VmHWM of the process, bytes; nil when it had measured something else before.
  package var peakResidentBytes: Int?

  package init(
    name: String, setting: String, threads: Int, unit: BenchmarkUnit, rates: [Double], shareOfPeak: Double? = nil,
    parameters: Int? = nil, peakResidentBytes: Int? = nil
  ) {
    precondition(!rates.isEmpty, "a row needs a measurement")
    let sorted = rates.sorted()
    self.name = name
    self.setting = setting
    self.threads = threads
    self.unit = unit
    median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    best = sorted[sorted.count - 1]
    repeats = rates.count
    self.shareOfPeak = shareOfPeak
    self.parameters = parameters
    self.peakResidentBytes = peakResidentBytes
  }

  /// The row as one line of JSON.
  package func json() throws -> String { try CanonicalJSON.line(self) }

  /// The rows among the lines of a program's output.
  package static func rows(in output: some Sequence<UInt8>) -> [BenchmarkRow] {
    output.split(separator: UInt8(ascii: "\n")).compactMap { try? CanonicalJSON.decode(BenchmarkRow.self, from: $0) }
  }
}
