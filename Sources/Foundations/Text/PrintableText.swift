/// Text from outside, fit for a terminal, a log, a reason or a page: one line, in which nothing moves the cursor, starts
/// another line, changes the order of what is read or hides. What would is shown as \u{…}.
package struct PrintableText: CustomStringConvertible, Sendable, Equatable {
  package let description: String

  /// Bytes of a line that anybody will read.
  package static let usualLimit = 4096

  /// - Parameter limit: bytes of UTF-8; what is longer ends in “…”.
  package init(_ text: some StringProtocol, limit: Int = usualLimit) {
    var result = ""
    var bytes = 0
    for scalar in text.unicodeScalars {
      let shown = scalar.isPrintable ? String(scalar) : "\\u{" + String(scalar.value, radix: 16) + "}"
      bytes += shown.utf8.count
      guard bytes <= limit - 3 else {
        result += "…"
        break
      }
      result += shown
    }
    description = result
  }

  /// Bytes that claim to be text; those that are not become U+FFFD.
  package init(_ bytes: some Collection<UInt8>, limit: Int = usualLimit) {
    self.init(String(decoding: bytes.prefix(limit), as: UTF8.self), limit: limit)
  }
}

extension Unicode.Scalar {
  /// Whether a terminal shows the scalar as itself, and nothing else than it.
  package var isPrintable: Bool {
    // Most text is this, and asking for properties is slow.
    if value < 0x7F { return value >= 0x20 }
    switch properties.generalCategory {
    // C0, DEL and C1; bidirectional and zero-width characters; line and paragraph separators; what has no agreed shape.
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return false
    // Letters that are not to be seen, such as Hangul's filler, and variation selectors.
    default: return !properties.isDefaultIgnorableCodePoint
    }
  }
}

extension String {
  /// The string as a line that can be shown; the same for one that can already.
  package var printable: String { PrintableText(self).description }
}
