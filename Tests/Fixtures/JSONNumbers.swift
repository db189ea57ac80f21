import Foundation

/// The numbers in a JSON text and where they stand, so that a test can put something else there.
struct JSONNumbers {
  struct Place: Sendable {
    /// Names of the members that lead there; elements of one list share a path.
    var path: String
    var range: Range<Int>
  }

  /// What a liar writes where a number stood.
  static let nasty = [
    "-1", "0", "1", "2147483648", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "1e308",
    "-1e308", "0.5", "1.5", "\"NaN\"", "null",
  ]

  /// The first and the last number at every path: what lies between them is read by the same code.
  let places: [Place]
  private let bytes: [UInt8]

  init(_ text: Data) {
    bytes = Array(text)
    var found: [Place] = []
    var stack: [String] = []
    var key = ""
    var at = 0
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\""):
        let start = at + 1
        at = start
        while bytes[at] != UInt8(ascii: "\"") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
        if at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: ":") {
          key = String(decoding: bytes[start..<at], as: UTF8.self)
        }
      case UInt8(ascii: "{"): stack.append(key)
      case UInt8(ascii: "["): stack.append(key + "[]")
      case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = stack.popLast()
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        let start = at
        while at + 1 < bytes.count, "+-.eE0123456789".utf8.contains(bytes[at + 1]) { at += 1 }
        let isElement = stack.last?.hasSuffix("[]") == true
        found.append(Place(path: (stack + (isElement ? [] : [key])).joined(separator: "."), range: start..<at + 1))
      default: break
      }
      at += 1
    }
    var first: [String: Int] = [:]
    var last: [String: Int] = [:]
    for (index, place) in found.enumerated() {
      first[place.path] = first[place.path] ?? index
      last[place.path] = index
    }
    places = Set(first.values).union(last.values).sorted().map { found[$0] }
  }

  /// The text with something else at a place; nil if that is the same number.
  func text(with value: String, at place: Place) -> Data? {
    let old = String(decoding: bytes[place.range], as: UTF8.self)
    if let number = Double(value), number == Double(old) { return nil }
    return Data(bytes[..<place.range.lowerBound] + Array(value.utf8) + bytes[place.range.upperBound...])
  }
}
