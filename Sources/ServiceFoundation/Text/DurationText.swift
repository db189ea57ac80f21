/// Durations as the configuration writes them: "500ms", "5s", "2m", "1h".
package enum DurationText {
  /// Units with their length in milliseconds, the longest first.
  private static let units: [(name: String, milliseconds: Int)] = [
    ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
  ]

  /// Nil for anything but a whole number and a unit.
  package static func parse(_ text: String) -> Duration? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let name = text[digits.endIndex...]
    guard let count = Int(digits), let unit = units.first(where: { $0.name == name }) else { return nil }
    let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
    return overflow ? nil : .milliseconds(milliseconds)
  }

  /// In the longest unit that needs no fraction.
  package static func text(_ duration: Duration) -> String {
    let milliseconds = duration.milliseconds
    let unit = units.first { milliseconds % $0.milliseconds == 0 && milliseconds >= $0.milliseconds } ?? ("ms", 1)
    return "\(milliseconds / unit.milliseconds)\(unit.name)"
  }
}
