import Foundation
import Foundations
import Testing

/// What stands in docs/formats as an example is what this program reads and writes.
@Suite struct FormatExampleTests {
  @Test(arguments: FormatExample.documents) func everyDocumentHasAnExample(document: String) {
    #expect(FormatExample.all.contains { $0.document == document }, "docs/formats/\(document)")
  }

  @Test(arguments: FormatExample.all) func everyExampleIsRead(example: FormatExample) throws {
    let reader = try #require(ExampleReaders.all[example.document]?[example.name], "nothing reads \(example)")
    #expect(throws: Never.self, "\(example)") { try reader(example) }
  }

  @Test func everyReaderHasItsExample() {
    for (document, readers) in ExampleReaders.all {
      let named = FormatExample.all.filter { $0.document == document }.map(\.name)
      #expect(named.sorted() == readers.keys.sorted(), "docs/formats/\(document)")
    }
  }

  @Test func anExampleThatIsNotWhatIsWrittenIsFound() {
    struct Pair: Codable {
      var a: Int
      var b: String?
    }
    func example(_ text: String) -> FormatExample { FormatExample(document: "x.md", name: "x", text: text) }
    #expect(throws: Never.self) { try example(#"{"a": 1, "b":"\" b"}"#).decode(Pair.self) }
    for text in [#"{"a":1,"c":2}"#, #"{"b":"b","a":1}"#, #"{"a":1.0}"#, #"{"b":"b"}"#, ""] {
      #expect(throws: (any Error).self) { try example(text).decode(Pair.self) }
    }
  }
}
