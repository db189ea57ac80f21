import Testing

@testable import Pages

@Suite struct MarkupTests {
  @Test func textCannotBecomeMarkup() {
    let name = "<script>alert('x')</script> & \"more\""
    let cell: Markup = "<td title=\"\(name)\">\(name)</td>"
    let safe = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &#34;more&#34;"
    #expect(cell.source == "<td title=\"\(safe)\">\(safe)</td>")
  }

  @Test func aQuotationMarkUnderACombiningAccentIsEscapedToo() {
    let name = "x\"\u{301} onmouseover=alert(1) y=<\u{338}b>"
    let cell: Markup = "<td title=\"\(name)\"></td>"
    #expect(cell.source == "<td title=\"x&#34;\u{301} onmouseover=alert(1) y=&lt;\u{338}b&gt;\"></td>")
  }

  @Test func whatReordersOrBreaksALineIsReplaced() {
    let cell: Markup = "\("a\u{0}b\u{202E}c\u{1B}[31m\u{85}d\n")"
    #expect(cell.source == "a\u{FFFD}b\u{FFFD}c\u{FFFD}[31m\u{FFFD}d\n")
  }

  @Test func markupStaysMarkup() {
    let items = ["a", "<"].map { "<li>\($0)</li>" as Markup }
    let list: Markup = "<ul>\(items)\(nil as Markup?)\(3)</ul>"
    #expect(list.source == "<ul><li>a</li><li>&lt;</li>3</ul>")
  }

  @Test func figuresAreReadable() {
    #expect(Figures.decimal(-0.0004, 3) == "0.000")
    #expect(Figures.decimal(-0.25, 2) == "\u{2212}0.25")
    #expect(Figures.decimal(nil, 2) == "–" && Figures.decimal(.nan, 2) == "–")
    #expect(Figures.percent(0.931) == "93.1\u{A0}%")
    #expect(Figures.count(1_234_567) == "1,234,567" && Figures.count(-12) == "\u{2212}12")
    #expect(Figures.count(1, "model") == "1 model" && Figures.count(0, "model") == "0 models")
    #expect(Figures.probability(0.5) == "0.50" && Figures.probability(0.005) == "0.005")
    #expect(Figures.probability(3.2e-17) == "3.2·10⁻¹⁷" && Figures.probability(0) == "0")
  }

  @Test func aMomentIsInUniversalTime() {
    #expect(
      Times.markup(1_795_257_000).source
        == "<time datetime=\"2026-11-21T10:30:00Z\">2026-11-21\u{A0}10:30\u{A0}UTC</time>")
    #expect(Times.day(1_795_257_000) == "21\u{A0}Nov")
  }
}
