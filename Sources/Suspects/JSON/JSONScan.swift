/// How much JSON is read.
package struct JSONLimits: Sendable, Equatable {
  /// Lists and objects inside each other.
  package var depth = 32
  package var numbers = 1_000_000
  /// Strings, members and words.
  package var others = 100_000

  package init() {}
}

/// Looks at the bytes of a document before a parser does: how deep, how many values, and numbers that are none.
struct JSONScan {
  let limits: JSONLimits

  /// Nothing is allocated and nothing is parsed; a document that passes may still be no JSON.
  /// - Throws: `NoAnswer` with `malformed` or `notFinite`.
  func check(_ bytes: [UInt8]) throws {
    var depth = 0
    var numbers = 0
    var others = 0
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\""):
        others += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
          index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        index += 1
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        others += 1
        if depth > limits.depth { throw NoAnswer(.malformed, detail: "JSON deeper than \(limits.depth)") }
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        let start = index - 1
        while index < bytes.count, Self.isWordByte(bytes[index]) { index += 1 }
        let word = bytes[start..<index].drop { $0 == UInt8(ascii: "-") }
        if word.first.map({ $0 >= UInt8(ascii: "A") }) ?? false {
          // Python's json writes these, and its users do not notice.
          let text = String(decoding: word.prefix(9), as: UTF8.self)
          if ["nan", "inf", "infinity"].contains(text.lowercased()) { throw NoAnswer(.notFinite) }
          others += 1
        } else {
          numbers += 1
        }
      default: break
      }
      if numbers > limits.numbers { throw NoAnswer(.malformed, detail: "more than \(limits.numbers) numbers") }
      if others > limits.others { throw NoAnswer(.malformed, detail: "more than \(limits.others) values") }
    }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
