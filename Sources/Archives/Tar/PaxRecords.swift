/// The records of one pax header, each key at most once.
///
/// - Source: POSIX.1-2017, pax, "pax Extended Header".
struct PaxRecords {
  /// Values by key; of a comment, which may come more than once, the last.
  private(set) var values: [String: [UInt8]] = [:]

  /// - Throws: what readers would disagree about.
  init(_ body: [UInt8]) throws(Ambiguity) {
    var rest = body[...]
    while !rest.isEmpty {
      // "LENGTH KEY=VALUE\n", the length counting all of it.
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard (1...9).contains(digits.count), let length = Int(String(decoding: digits, as: UTF8.self)),
        length <= rest.count, length > digits.count + 3
      else { throw Ambiguity(why: "a pax header has a record of a wrong length") }
      let record = rest.prefix(length).dropFirst(digits.count)
      guard record.first == UInt8(ascii: " "), record.last == UInt8(ascii: "\n"),
        let equals = record.firstIndex(of: UInt8(ascii: "="))
      else { throw Ambiguity(why: "a pax header has a record that is none") }
      let key = String(decoding: record[record.index(after: record.startIndex)..<equals], as: UTF8.self)
      let value = Array(record[record.index(after: equals)...].dropLast())
      guard values.updateValue(value, forKey: key) == nil || key == "comment" else {
        throw Ambiguity(why: "a pax header says “\(key)” twice")
      }
      rest = rest.dropFirst(length)
    }
  }

  /// What a global header may not say, because some readers obey it for all members and others ignore it.
  func checkGlobal() throws(Ambiguity) {
    guard let key = values.keys.filter({ $0 != "comment" }).min() else { return }
    throw Ambiguity(why: "a global pax header sets “\(key)” for all members, which some readers obey and others ignore")
  }

  /// Checks what the records say about one member, whose own header is `header`.
  func apply(to header: TarHeader) throws(Ambiguity) -> Said {
    var said = Said(name: nil, size: header.size, isSparse: false)
    for key in values.keys.sorted() {
      if key.hasPrefix("GNU.sparse.") || key == "SCHILY.realsize" {
        said.isSparse = true
      } else if key.hasPrefix("GNU.") || Self.others.contains(key) {
        throw Ambiguity(why: "its pax header says “\(key)”, which only some readers know")
      }
    }
    if let charset = values["hdrcharset"], !Self.charsets.contains(where: charset.elementsEqual) {
      throw Ambiguity(why: "its pax header is in another character set than UTF-8")
    }
    if let size = values["size"] {
      guard !size.isEmpty, size.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
        throw Ambiguity(why: "the size in its pax header is no number")
      }
      let bytes = Int(String(decoding: size, as: UTF8.self)) ?? .max
      // A size that fits the header stands there too, so that readers without pax find the next member.
      guard bytes == header.size || bytes > TarHeader.largestOctal else {
        throw Ambiguity(why: "its pax header says that it has \(bytes) bytes, its own header says \(header.size)")
      }
      said.size = bytes
    }
    if let path = values["path"] {
      guard !path.isEmpty, !path.contains(0) else { throw Ambiguity(why: "the name in its pax header is none") }
      said.name = path
    }
    return said
  }

  /// A member as pax records and its own header describe it together.
  struct Said {
    /// Nil where only its own header says it.
    var name: [UInt8]?
    var size: Int
    var isSparse: Bool
  }

  /// What star says about a member's kind and place.
  private static let others: Set<String> = ["SCHILY.dir", "SCHILY.filetype", "SCHILY.offset", "SCHILY.size"]

  /// Names are UTF-8 either way: other bytes are refused.
  private static let charsets: [[UInt8]] = ["ISO-IR 10646 2000 UTF-8", "BINARY"].map { Array($0.utf8) }

  /// What readers of tar do in different ways.
  struct Ambiguity: Error {
    var why: String
  }
}
