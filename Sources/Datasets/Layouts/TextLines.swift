/// The lines of a small text file that somebody wrote by hand or by a script, on whatever system.
///
/// A byte-order mark is taken for what it says: UTF-8, or UTF-16 in either order, as editors and PowerShell write it. Lines
/// end in LF, CR LF or CR. Blanks around a line are dropped, and so are lines that have nothing else.
struct TextLines {
  let lines: [String]

  /// - Throws: why the bytes are no text.
  init(_ bytes: [UInt8]) throws(NotText) {
    let text: String?
    if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
      throw NotText(why: "they are in UTF-32; save them as UTF-8")
    } else if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      let high = bytes[0] == 0xFE ? 0 : 1
      let content = bytes.dropFirst(2)
      guard content.count % 2 == 0 else { throw NotText(why: "they are in UTF-16 and end inside a character") }
      let units = stride(from: 2, to: bytes.count, by: 2).map { at in
        UInt16(bytes[at + high]) << 8 | UInt16(bytes[at + 1 - high])
      }
      text = String(validating: units, as: UTF16.self)
    } else {
      text = String(
        validating: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes, as: UTF8.self)
    }
    guard let text else { throw NotText(why: "not UTF-8, nor UTF-16 with a byte-order mark; save them as UTF-8") }
    guard !text.unicodeScalars.contains("\u{0}") else {
      throw NotText(why: "they hold NUL characters, as UTF-16 without a byte-order mark does; save them as UTF-8")
    }
    lines = text.split(whereSeparator: \.isNewline).map(Self.trimmed).filter { !$0.isEmpty }
    guard !lines.joined().unicodeScalars.contains("\u{FEFF}") else {
      throw NotText(why: "a byte-order mark stands inside; save them as UTF-8 without one")
    }
  }

  private static func trimmed(_ line: Substring) -> String {
    let start = line.drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }

  struct NotText: Error {
    var why: String
  }
}
