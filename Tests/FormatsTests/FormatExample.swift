import Foundation
import Foundations

/// A fenced block with a name in a document of docs/formats.
struct FormatExample: Sendable, CustomStringConvertible {
  /// The document's file name, and the example's in it.
  let document: String
  let name: String
  let text: String

  var description: String { "docs/formats/\(document), \(name)" }

  /// Where the documents are.
  static let directory = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("../../docs/formats").standardizedFileURL

  /// The documents, without their list.
  static let documents =
    ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? [])
    .filter { $0.hasSuffix(".md") && $0 != "README.md" }.sorted()

  static let all = documents.flatMap { document in
    examples(in: (try? String(contentsOf: directory.appendingPathComponent(document), encoding: .utf8)) ?? "", document)
  }

  /// A block's first line is three backquotes, the language, and of an example its name.
  private static func examples(in text: String, _ document: String) -> [FormatExample] {
    var examples: [FormatExample] = []
    var block: (name: String?, lines: [Substring])?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```"), let (name, lines) = block {
        block = nil
        if let name {
          examples.append(
            FormatExample(document: document, name: name, text: lines.joined(separator: "\n") + "\n"))
        }
      } else if line.hasPrefix("```") {
        let words = line.dropFirst(3).split(separator: " ")
        block = (words.count > 1 ? String(words[1]) : nil, [])
      } else {
        block?.lines.append(line)
      }
    }
    return examples
  }

  var lines: [Substring] { text.split(separator: "\n") }

  /// JSON as programs write it, in one line: what stands between values here is for people.
  var json: String {
    var (json, isInString, isEscaped) = ("", false, false)
    for character in text where isInString || !character.isWhitespace {
      json.append(character)
      if isEscaped {
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isInString.toggle()
      }
    }
    return json
  }

  /// - Throws: what decoding throws, and `Difference` where the same value is written otherwise, or says less.
  func decode<Value: Codable>(_ type: Value.Type) throws -> Value {
    try Self.decode(type, json)
  }

  static func decode<Value: Codable>(_ type: Value.Type, _ json: String) throws -> Value {
    let value = try CanonicalJSON.decode(type, from: json.utf8)
    let written = try CanonicalJSON.line(value)
    guard written == json else { throw Difference(written: written, example: json) }
    return value
  }

  struct Difference: Error {
    let written: String
    let example: String
  }
}
