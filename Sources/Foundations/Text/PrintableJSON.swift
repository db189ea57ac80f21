/// JSON in which whatever a terminal would obey is escaped as JSON escapes it, so that it is the same JSON to programs and
/// harmless to people who look at it.
package enum PrintableJSON {
  /// - Parameter json: an encoder's output. What is not printable stands in strings there, but for the newlines and blanks
  ///   between values, which stay.
  package static func text(_ json: String) -> String {
    if json.utf8.allSatisfy({ $0 < 0x7F }) { return json }
    var result = ""
    result.reserveCapacity(json.utf8.count)
    for scalar in json.unicodeScalars {
      if scalar.isPrintable || scalar.value < 0x20 {
        result.unicodeScalars.append(scalar)
      } else {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    return result
  }
}
