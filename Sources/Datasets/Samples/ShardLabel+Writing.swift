import Archives
import Foundation
import Foundations

extension ShardLabel {
  /// The content of a member that says another class than it did, in the same form, and everything else as it was.
  /// - Parameters:
  ///   - index: of the class, which stands there where a number did.
  ///   - name: of the class, which stands there where a name did.
  /// - Throws: `DatasetError.Cause.shard` for JSON in which the place of the class cannot be told.
  func content(
    _ content: [UInt8], with index: Int, named name: String, _ reader: ArchiveReader
  ) throws -> [UInt8] {
    let said = try ShardTally.parse(content, self, reader)
    let new: ShardTally.Class =
      if case .number = said { .number(index) } else { .name(name) }
    let rewritten: [UInt8]
    switch self {
    case .cls, .txt:
      let text = String(decoding: content, as: UTF8.self)
      let bare = text.trimmingCharacters(in: .whitespacesAndNewlines)
      guard let range = text.range(of: bare) else { return content }
      rewritten = Array(text.replacingCharacters(in: range, with: new.text).utf8)
    case .json:
      let places = JSONPlaces(content)
      let place = ["cls", "label", "class"].lazy.compactMap { places.values[$0] }
        .first { !content[$0].elementsEqual("null".utf8) }
      guard let place else { throw refusal(reader) }
      var changed = content
      changed.replaceSubrange(place, with: try new.json)
      rewritten = changed
    }
    guard try ShardTally.parse(rewritten, self, reader) == new else { throw refusal(reader) }
    return rewritten
  }

  private func refusal(_ reader: ArchiveReader) -> DatasetError {
    reader.error(.shard(.label("where it says the class cannot be told, so that no other can be put there")))
  }
}

extension ShardTally.Class {
  fileprivate var text: String {
    switch self {
    case .number(let number): "\(number)"
    case .name(let name): name
    }
  }

  fileprivate var json: [UInt8] {
    get throws {
      switch self {
      case .number(let number): Array("\(number)".utf8)
      case .name(let name): Array(try CanonicalJSON.strict(name))
      }
    }
  }
}

/// Where the values of a JSON object's own members stand.
private struct JSONPlaces {
  /// By key as it stands there, without escapes; keys that come twice have none.
  private(set) var values: [String: Range<Int>] = [:]

  /// - Parameter content: a JSON object.
  init(_ content: [UInt8]) {
    func blank(_ at: Int) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(content[at]) }
    /// The place behind the string that begins at a quotation mark.
    func endOfString(_ start: Int) -> Int {
      var at = start + 1
      while at < content.count, content[at] != UInt8(ascii: "\"") { at += content[at] == UInt8(ascii: "\\") ? 2 : 1 }
      return min(at + 1, content.count)
    }
    var seen: Set<String> = []
    var (at, depth) = (0, 0)
    var key: String?
    var start: Int?
    func close(_ end: Int) {
      defer { (key, start) = (nil, nil) }
      guard let key, let start else { return }
      var last = end
      while last > start, blank(last - 1) { last -= 1 }
      values[key] = seen.insert(key).inserted ? start..<last : nil
    }
    while at < content.count {
      let byte = content[at]
      if depth == 1, key != nil, start == nil, !blank(at), byte != UInt8(ascii: ":") { start = at }
      switch byte {
      case UInt8(ascii: "\""):
        let end = endOfString(at)
        if depth == 1, key == nil { key = String(decoding: content[at + 1..<max(at + 1, end - 1)], as: UTF8.self) }
        at = end
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { close(at) }
      case UInt8(ascii: ",") where depth == 1: close(at)
      default: break
      }
      at += 1
    }
  }
}
