/// The text of a `NAME.ready` file that names the files of one drop, a name a line (docs/formats, "Several files").
package struct ReadyList: Sendable {
  package static let ending = ".ready"
  /// Bytes, and lines.
  package static let limit = 1 << 20

  /// In the order of the lines.
  package let names: [String]

  /// Nil for a file that names nothing, which only says that another one is complete.
  /// - Throws: `Fault`.
  package init?(_ bytes: [UInt8]) throws(Fault) {
    guard bytes.count <= Self.limit else { throw Fault(line: 0, name: "", rule: .tooLong) }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    guard let text = String(validating: bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...], as: UTF8.self)
    else {
      throw Fault(line: 0, name: "", rule: .notText)
    }
    var names: [String] = []
    var seen: Set<[UInt8]> = []
    // Bytes, not characters: a slash with a combining mark behind it is a slash, and CR LF one character.
    for (number, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      var line = line
      if line.last == 0x0D { line.removeLast() }
      if line.starts(with: "./".utf8) { line.removeFirst(2) }
      let name = String(Substring(line))
      guard !name.allSatisfy(\.isWhitespace) else { continue }
      func fault(_ rule: Fault.Rule) -> Fault { Fault(line: number + 1, name: name, rule: rule) }
      guard line.first != UInt8(ascii: "/") else { throw fault(.absolute) }
      guard !line.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) }) else {
        throw fault(.escapes)
      }
      guard !line.contains(UInt8(ascii: "/")), name != "." else { throw fault(.folder) }
      guard TreeFault.isListable(name) else { throw fault(.name) }
      guard seen.insert(Array(name.utf8)).inserted else { throw fault(.twice) }
      guard names.count < StrangersTree.entryLimit else { throw fault(.tooLong) }
      names.append(name)
    }
    guard !names.isEmpty else { return nil }
    self.names = names
  }

  /// What is wrong with a line, counted from 1; 0 for the whole file.
  package struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Rule: Sendable, Hashable {
      case notText, tooLong, absolute, escapes, folder, twice, name
    }

    package let line: Int
    package let name: String
    package let rule: Rule

    package var description: String {
      let place = line == 0 ? "the list" : "line \(line), \(name)"
      let why =
        switch rule {
        case .notText: "is not UTF-8: write it again"
        case .tooLong: "has more than \(ReadyList.limit) bytes or \(StrangersTree.entryLimit) lines: make several drops"
        case .absolute: "is an absolute name: write the name alone, of a file beside the list"
        case .escapes: "leaves the list's directory with '..': move the file beside the list"
        case .folder: "is in a folder: move the file beside the list"
        case .twice: "is there twice: take one of the lines out"
        case .name: "\(TreeFault.Rule.name)"
        }
      return "\(place): \(why)"
    }
  }
}
