import Foundation

/// Numbers as people read them; a missing one is a dash.
package enum Figures {
  package static let missing = "–"
  private static let minus = "\u{2212}"

  /// With so many decimals and a true minus sign: −0.013.
  package static func decimal(_ value: Double?, _ decimals: Int) -> String {
    guard let value, value.isFinite else { return missing }
    let text = String(format: "%.\(decimals)f", abs(value))
    // No sign before what is rounded to nothing.
    return value < 0 && text.contains { $0 != "0" && $0 != "." } ? minus + text : text
  }

  /// A share in [0, 1] as "93.1 %".
  package static func percent(_ share: Double?, _ decimals: Int = 1) -> String {
    guard let share, share.isFinite else { return missing }
    return decimal(share * 100, decimals) + "\u{A0}%"
  }

  /// A p-value: three digits where it is not tiny, and a power of ten where it is.
  package static func probability(_ value: Double?) -> String {
    guard let value, value.isFinite else { return missing }
    if value == 0 { return "0" }
    if value >= 0.0995 { return decimal(value, 2) }
    if value >= 0.0001 { return String(format: "%.2g", value) }
    let exponent = Int(log10(value).rounded(.down))
    return String(format: "%.1f·10", value / pow(10, Double(exponent))) + superscript(exponent)
  }

  /// "1,234,567".
  package static func count(_ number: Int) -> String {
    var digits = String(number.magnitude)
    var end = digits.endIndex
    while digits.distance(from: digits.startIndex, to: end) > 3 {
      end = digits.index(end, offsetBy: -3)
      digits.insert(",", at: end)
    }
    return number < 0 ? minus + digits : digits
  }

  /// "1 model", "3 models".
  package static func count(_ number: Int, _ noun: String) -> String {
    count(number) + " " + noun + (number == 1 ? "" : "s")
  }

  /// A number on an axis, no longer than it has to be.
  static func tick(_ value: Double) -> String {
    if abs(value) < 1e-12 { return "0" }
    let text = String(format: abs(value) >= 1e5 || abs(value) < 1e-4 ? "%.1e" : "%.4g", abs(value))
    return value < 0 ? minus + text : text
  }

  /// A power of ten on an axis: 1, 0.1, 0.01, 10⁻³.
  static func power(_ exponent: Int) -> String {
    -2...2 ~= exponent ? tick(pow(10, Double(exponent))) : "10" + superscript(exponent)
  }

  private static func superscript(_ number: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return (number < 0 ? "⁻" : "")
      + String(String(number.magnitude).compactMap { $0.wholeNumberValue.map { digits[$0] } })
  }
}

/// Times as people read them.
package enum Times {
  /// A moment, seconds since 1970, as "2026-11-21 09:30 UTC".
  package static func text(_ seconds: Int) -> String {
    let text = machine(seconds)
    return "\(text.prefix(10))\u{A0}\(text.dropFirst(11).prefix(5))\u{A0}UTC"
  }

  /// The same with the machine-readable form beside it.
  static func markup(_ seconds: Int) -> Markup {
    "<time datetime=\"\(machine(seconds))\">\(text(seconds))</time>"
  }

  private static func machine(_ seconds: Int) -> String {
    Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
  }

  /// "21 Nov".
  static func day(_ seconds: Int) -> String {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let text = machine(seconds)
    let parts = text.prefix(10).split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3, months.indices.contains(parts[1] - 1) else { return String(text.prefix(10)) }
    return "\(parts[2])\u{A0}\(months[parts[1] - 1])"
  }
}
