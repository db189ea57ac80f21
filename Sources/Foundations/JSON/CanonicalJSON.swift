package import Foundation

/// The one way in which our values become JSON (docs/formats): keys sorted, slashes plain, no spaces, so that equal
/// values are equal bytes.
package enum CanonicalJSON {
  /// A file's content, or a line of one: with a newline at its end.
  package static func encode(_ value: some Encodable) throws -> Data { try encoder().encode(value) + Data("\n".utf8) }

  /// One line without its newline, in which no character is left that a terminal would obey.
  package static func line(_ value: some Encodable) throws -> String {
    printable(String(decoding: try encoder().encode(value), as: UTF8.self))
  }

  /// A file's content for people to read: the same on many lines, with a newline at its end.
  package static func document(_ value: some Encodable) throws -> [UInt8] {
    let encoder = encoder()
    encoder.outputFormatting.insert(.prettyPrinted)
    return Array((printable(String(decoding: try encoder.encode(value), as: UTF8.self)) + "\n").utf8)
  }

  /// What is hashed, or read by programs of others: no newline, and a number that is not finite is an error.
  package static func strict(_ value: some Encodable) throws -> Data {
    let encoder = encoder()
    encoder.nonConformingFloatEncodingStrategy = .throw
    return try encoder.encode(value)
  }

  /// What `encode`, `line` and `document` have made. What strangers have made is decoded without words for numbers.
  /// - Parameter context: what the types that are decoded ask their decoder for.
  /// - Throws: `DecodingError`.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: some Sequence<UInt8>, context: [CodingUserInfoKey: any Sendable] = [:]
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.userInfo = context
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: infinity, negativeInfinity: "-" + infinity, nan: nan)
    return try decoder.decode(type, from: Data(bytes))
  }

  /// JSON in which whatever a terminal would obey is escaped as JSON escapes it: the same JSON to programs, harmless to
  /// people who look at it.
  /// - Parameter json: an encoder's output. What is not printable stands in strings there, but for the newlines and
  /// blanks
  ///   between values, which stay.
  package static func printable(_ json: String) -> String {
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

  // JSON has no word for numbers that are not finite: one figure of a training that diverged must not cost a whole
  // result.
  private static let infinity = "inf"
  private static let nan = "nan"

  private static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: infinity, negativeInfinity: "-" + infinity, nan: nan)
    return encoder
  }
}
