import Foundation
import Testing

@testable import Benchmarks

struct RowTests {
  private let row = BenchmarkRow(
    name: "inference/unet/w32/d3/3x32x32/batch64", setting: "avx2", threads: 2, unit: .images,
    rates: [300, 100, 200, 250], shareOfPeak: nil, parameters: 1_929_891, peakResidentBytes: 110_000_000)

  @Test func takesMedianAndBestOverTheRepeats() {
    #expect(row.median == 225)
    #expect(row.best == 300)
    #expect(row.repeats == 4)
  }

  @Test func decodesFromItsOwnLine() throws {
    let line = try row.json()
    #expect(!line.contains("\n"))
    #expect(BenchmarkRow.rows(in: Data("noise\n\(line)\n".utf8)) == [row])
  }

  @Test func writesTheKeysThatThePeersWrite() throws {
    let object = try JSONSerialization.jsonObject(with: Data(row.json().utf8))
    let keys = try #require(object as? [String: Any]).keys
    #expect(
      Set(keys) == [
        "name", "program", "version", "setting", "threads", "unit", "median", "best", "repeats", "parameters",
        "peakResidentBytes",
      ])
  }

  @Test func alignsTheTablesColumns() {
    let peak = BenchmarkRow(
      name: "convolution/3x3/64-64/32x32/batch128/forward/direct", setting: "avx2", threads: 1, unit: .gigaflops,
      rates: [84.25], shareOfPeak: 0.815)
    let table = BenchmarkTable(names: [row.name, peak.name])
    let lines = [table.header, table.line(row), table.line(peak)]
    #expect(Set(lines.map(\.count)).count == 1)
    #expect(lines[1].hasSuffix("225        300  images/s        –      110"))
    #expect(lines[2].contains("84.2") && lines[2].contains("GFLOP/s") && lines[2].contains("82 %"))
  }
}
