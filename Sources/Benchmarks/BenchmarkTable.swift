import Foundation

/// Rows as lines of text, in columns as wide as the longest name asks.
package struct BenchmarkTable: Sendable {
  private let nameWidth: Int

  package init(names: [String]) {
    nameWidth = max(4, names.map(\.count).max() ?? 0)
  }

  package var header: String {
    line("case", "threads", "median", "best", "unit", "of peak", "peak MB")
  }

  package func line(_ row: BenchmarkRow) -> String {
    line(
      row.name, String(row.threads), Self.number(row.median), Self.number(row.best), row.unit.rawValue,
      row.shareOfPeak.map { String(format: "%.0f %%", $0 * 100) } ?? "–",
      row.peakResidentBytes.map { Self.number(Double($0) / 1e6) } ?? "–")
  }

  private func line(
    _ name: String, _ threads: String, _ median: String, _ best: String, _ unit: String, _ share: String,
    _ memory: String
  ) -> String {
    [
      name.padding(toLength: nameWidth, withPad: " ", startingAt: 0), Self.right(threads, 7), Self.right(median, 9),
      Self.right(best, 9), unit.padding(toLength: 8, withPad: " ", startingAt: 0), Self.right(share, 7),
      Self.right(memory, 7),
    ].joined(separator: "  ")
  }

  /// Three significant digits, or all before the point.
  private static func number(_ value: Double) -> String {
    String(format: value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value)
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
