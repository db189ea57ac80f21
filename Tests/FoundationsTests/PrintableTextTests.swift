import Foundation
import Testing

@testable import Foundations

@Suite struct PrintableTextTests {
  /// What a name may hold and no terminal may get.
  static let hostile: [(name: String, text: String)] = [
    ("escape sequence", "\u{1B}[2J\u{1B}]0;title\u{7}"), ("line feed", "x\nok    every file is signed"),
    ("carriage return", "FAILED\rok    "), ("backspaces", "FAILED\u{8}\u{8}\u{8}"), ("null", "a\u{0}b"),
    ("delete", "a\u{7F}b"), ("C1 control sequence introducer", "\u{9B}31m"), ("next line", "a\u{85}b"),
    ("line separator", "a\u{2028}b"), ("paragraph separator", "a\u{2029}b"),
    ("right-to-left override", "gnp.\u{202E}exe"), ("isolates", "\u{2066}a\u{2069}"),
    ("marks", "\u{200E}\u{200F}\u{61C}"),
    ("zero-width space", "ca\u{200B}t"), ("zero-width joiner", "ca\u{200D}t"), ("word joiner", "ca\u{2060}t"),
    ("byte order mark", "\u{FEFF}cat"), ("soft hyphen", "ca\u{AD}t"), ("Hangul filler", "cat\u{3164}"),
    ("grapheme joiner", "ca\u{34F}t"), ("variation selector", "cat\u{FE0F}"), ("tag", "cat\u{E0041}"),
    ("private use", "\u{E000}"), ("noncharacter", "\u{FFFF}"), ("interlinear annotation", "\u{FFF9}a\u{FFFB}"),
  ]

  @Test(arguments: hostile.indices) func noneOfThisReachesATerminal(index: Int) {
    let (name, text) = Self.hostile[index]
    let shown = text.printable
    #expect(shown.unicodeScalars.allSatisfy { $0.isPrintable }, "\(name)")
    #expect(shown.contains("\\u{"), "\(name)")
    // What was shown once can be shown again.
    #expect(shown.printable == shown)
  }

  @Test(arguments: ["cat-01.png", "Straße 7", "кошка", "猫", "حيوان", "कुत्ता", "é", "a“b”…", "–", "😀"])
  func namesOfPeopleStayAsTheyAre(name: String) { #expect(name.printable == name) }

  @Test func cutsAndEscapesTextOfStrangers() {
    let text = PrintableText("a\u{1B}[31m\u{202E}b\n" + String(repeating: "ü", count: 4000), limit: 2048).description
    #expect(text.utf8.count <= 2048)
    #expect(text.hasPrefix("a\\u{1b}[31m\\u{202e}b\\u{a}ü"))
    #expect(text.hasSuffix("…"))
    #expect(String(repeating: "x", count: 1 << 20).printable.utf8.count <= PrintableText.usualLimit)
  }

  @Test func bytesThatAreNoTextAreShownAsSuch() {
    #expect(PrintableText([0xFF, 0xFE, 0x41], limit: 100).description == "\u{FFFD}\u{FFFD}A")
    // A surrogate in UTF-8, and an escape in two bytes where one would do.
    #expect(PrintableText([0xED, 0xA0, 0x80]).description.unicodeScalars.allSatisfy { $0 == "\u{FFFD}" })
    #expect(!PrintableText([0xC0, 0x9B]).description.unicodeScalars.contains("\u{1B}"))
  }

  @Test(arguments: hostile.indices) func jsonStaysTheSameAndBecomesHarmless(index: Int) throws {
    let (name, text) = Self.hostile[index]
    let json = String(decoding: try JSONEncoder().encode(["name": text]), as: UTF8.self)
    let shown = CanonicalJSON.printable(json)
    #expect(shown.unicodeScalars.allSatisfy { $0.isPrintable }, "\(name)")
    #expect(try JSONDecoder().decode([String: String].self, from: Data(shown.utf8)) == ["name": text], "\(name)")
  }
}
