/// A stranger's text, cut to a length and without control characters, fit for logs, transcripts and pages.
struct Excerpt: CustomStringConvertible {
  let description: String

  /// - Parameter limit: bytes of UTF-8.
  init(_ text: some StringProtocol, limit: Int = 2048) {
    var result = ""
    var bytes = 0
    for scalar in text.unicodeScalars {
      let shown: String
      switch scalar.properties.generalCategory {
      // Format characters can reorder what is around them.
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
        shown = "\\u{" + String(scalar.value, radix: 16) + "}"
      default: shown = String(scalar)
      }
      let size = shown.utf8.count
      guard bytes + size <= limit - 3 else {
        result += "…"
        break
      }
      result += shown
      bytes += size
    }
    description = result
  }

  init(_ bytes: some Collection<UInt8>, limit: Int = 2048) {
    self.init(String(decoding: bytes.prefix(limit), as: UTF8.self), limit: limit)
  }
}
