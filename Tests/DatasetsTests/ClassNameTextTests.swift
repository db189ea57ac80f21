import Testing

@testable import Archives
@testable import Datasets

@Suite struct ClassNameTextTests {
  static let names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "Käse"]

  func survey(_ text: [UInt8]) throws -> [String] {
    try Scratch.run { scratch throws in
      let builder = CIFARBuilder(perBatch: 1)
      var tar = TarBuilder()
      tar.add("batches.meta.txt", content: text)
      for (name, content) in builder.batches { tar.add(name, content: content) }
      return try DatasetSurvey(file: scratch.write(tar.finished)).classNames
    }
  }

  static func utf16(_ text: String, isBig: Bool) -> [UInt8] {
    ([0xFEFF] + Array(text.utf16)).flatMap { unit in
      isBig ? [UInt8(unit >> 8), UInt8(unit & 255)] : [UInt8(unit & 255), UInt8(unit >> 8)]
    }
  }

  @Test(arguments: ["\n", "\r\n", "\r", "\n\n", " \r\n\t\r\n"])
  func readsAByteOrderMarkForWhatItMeans(end: String) throws {
    let text = Self.names.map { $0 + end }.joined()
    #expect(try survey(Array(text.utf8)) == Self.names)
    #expect(try survey([0xEF, 0xBB, 0xBF] + Array(text.utf8)) == Self.names)
    #expect(try survey(Self.utf16(text, isBig: false)) == Self.names)
    #expect(try survey(Self.utf16(text, isBig: true)) == Self.names)
  }

  @Test func refusesOtherTextsLegibly() throws {
    let text = Self.names.joined(separator: "\n")
    let texts: [[UInt8]] = [
      Array(Self.utf16(text, isBig: false).dropFirst(2)), Array(Self.utf16(text, isBig: true).dropLast()),
      [0xFF, 0xFE, 0, 0] + [UInt8](repeating: 0, count: 8), Array("a\u{FEFF}b\n".utf8) + Array(text.utf8),
      // Latin-1.
      text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) },
    ]
    for bytes in texts {
      let error = #expect(throws: DatasetError.self) { try survey(bytes) }
      #expect(error?.code == "bad-class-names" && error.map { "\($0)".contains("UTF-") } == true)
    }
  }
}
