/// How something turned out; shown by a sign and a word, and only then by a colour.
package enum Tone: String, Sendable {
  case good, bad, unclear

  /// A tick, a cross or a question mark, drawn so that it does not depend on fonts.
  fileprivate var sign: Markup {
    switch self {
    case .good: Self.sign("M7 21l8 8L33 11")
    case .bad: Self.sign("M10 10l20 20M30 10L10 30")
    case .unclear: Self.sign("M12 14c0-10 17-10 17 0 0 6-8 6-8 12M21 32v1.5")
    }
  }

  private static func sign(_ path: String) -> Markup {
    """
    <svg viewBox="0 0 40 40" width="40" height="40" aria-hidden="true"><path d="\(path)" fill="none" \
    stroke="currentColor" stroke-width="4" stroke-linecap="round" stroke-linejoin="round" /></svg>
    """
  }
}

/// The answer of a page, large enough to be read in a second, with its reasons.
package struct Finding: Sendable {
  package let tone: Tone
  package let word: String
  package let sentence: String
  package let reasons: [String]

  package init(_ tone: Tone, word: String, sentence: String, reasons: [String] = []) {
    self.tone = tone
    self.word = word
    self.sentence = sentence
    self.reasons = reasons
  }

  var markup: Markup {
    """
    <section class="finding \(tone.rawValue)" aria-label="Verdict">
    <div class="sign">\(tone.sign)</div>
    <div class="word">\(word)</div>
    <div class="why">\(sentence.isEmpty ? .none : "<p>\(sentence)</p>" as Markup)\(list)</div>
    </section>
    """
  }

  private var list: Markup? {
    reasons.isEmpty ? nil : "<ul>\(reasons.map { "<li>\($0)</li>" as Markup })</ul>"
  }
}

/// One outcome within a line or a table.
package struct Mark: Sendable {
  package let tone: Tone
  package let word: String

  package init(_ tone: Tone, _ word: String) {
    self.tone = tone
    self.word = word
  }

  var markup: Markup {
    let sign =
      switch tone {
      case .good: "●"
      case .bad: "▲"
      case .unclear: "○"
      }
    return "<span class=\"mark is-\(tone.rawValue)\">\(sign)\u{A0}\(word)</span>"
  }
}
