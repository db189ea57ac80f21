/// Sizes in bytes as the configuration writes them: "300MB", "2GiB", "1.5GB", "512B".
package enum SizeText {
  /// Units with their bytes, the largest first; powers of 1024 before powers of 1000.
  private static let units: [(name: String, bytes: Int)] = [
    ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("KB", 1000), ("B", 1),
  ]

  /// Nil for anything but a number and a unit that make whole bytes.
  package static func parse(_ text: String) -> Int? {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let name = text[number.endIndex...].drop { $0 == " " }
    guard let unit = units.first(where: { $0.name == name }) else { return nil }
    if let count = Int(number) {
      let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
      return overflow ? nil : bytes
    }
    guard let count = Double(number) else { return nil }
    return Int(exactly: (count * Double(unit.bytes)).rounded())
  }

  /// Exact, in the largest unit that needs no fraction.
  package static func text(_ bytes: Int) -> String {
    let unit = units.first { bytes >= $0.bytes && bytes % $0.bytes == 0 } ?? ("B", 1)
    return "\(bytes / unit.bytes)\(unit.name)"
  }

  /// For people: three digits and a unit, such as "162 MB" or "1.70 GB".
  package static func rounded(_ bytes: Int) -> String {
    let steps: [(String, Double)] = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)]
    guard let (name, scale) = steps.first(where: { Double(bytes) >= $0.1 }) else { return "\(bytes) B" }
    let value = Double(bytes) / scale
    let decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2
    return "\(Decimals.text(value, decimals)) \(name)"
  }
}

/// Numbers with a fixed count of decimals, without a locale.
package enum Decimals {
  package static func text(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((abs(value) * scale).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % Int(scale))
    return "\(sign)\(scaled / Int(scale))." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }
}
