import Crypto
import Foundation
import Foundations
import Glibc
import Synchronization

/// SHA-256 of a whole file, read in pieces.
package enum FileDigest {
  package static let pieceBytes = 1 << 20

  /// The digest in hex, for exactly the file or the directory that `stamp` describes. Blocks: call it through `Blocking`.
  ///
  /// `piece` is told the bytes so far after each piece and may throw to stop.
  /// - Throws: `FileError.changed` when the file is another or grows, `.failed`, or what `piece` throws.
  package static func of(_ path: String, stamp: FileStamp, piece: (Int) throws -> Void = { _ in }) throws -> String {
    if try Directory.exists(path) { return try ofTree(path, stamp: stamp, piece: piece) }
    // O_NONBLOCK: a FIFO put in the file's place must not hang the open.
    let file = try OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    guard try file.stamp() == stamp else { throw FileError.changed(path: path) }
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: pieceBytes)
    var total = 0
    while true {
      let count = try file.read(into: &buffer)
      if count == 0 { break }
      hash.update(data: buffer[..<count])
      total += count
      try piece(total)
    }
    guard try file.stamp() == stamp, total == stamp.size else { throw FileError.changed(path: path) }
    return HexDigest(hash.finalize()).description
  }

  /// Of several files (docs/formats, "Several files").
  private static func ofTree(_ path: String, stamp: FileStamp, piece: (Int) throws -> Void) throws -> String {
    let tree = try StrangersTree.inside(path)
    guard FileStamp(tree) == stamp else { throw FileError.changed(path: path) }
    var digest = FileListDigest()
    var total = 0
    for file in tree.files {
      let before = total
      let found = try of("\(path)/\(file.name)", stamp: FileStamp(file)) { read in
        total = before + read
        try piece(total)
      }
      digest.add(file.name, found)
    }
    guard try FileStamp(StrangersTree.inside(path)) == stamp else { throw FileError.changed(path: path) }
    return digest.digest().description
  }

  /// The digest that a `.sha256` file gives for `name`: 64 hex digits, alone or before blanks and a name, or in BSD's form,
  /// `SHA256 (NAME) = DIGITS`. Of several lines the one with this name counts, or the only one. The file may begin with a
  /// byte-order mark, be UTF-16 with one (what PowerShell writes), and have any ends of lines. Nil for anything else.
  package static func parse(_ sidecar: [UInt8], about name: String = "") -> String? {
    guard let text = decoded(sidecar) else { return nil }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }.filter { !$0.isEmpty }
    let stated = lines.compactMap(statement)
    if lines.count == 1 { return stated.first?.digest }
    // Several lines must be statements, and one digest must stand for the name.
    let digests = Set(stated.filter { $0.name == name }.map(\.digest))
    return stated.count == lines.count && digests.count == 1 ? digests.first : nil
  }

  private static func statement(_ line: Substring) -> (digest: String, name: Substring)? {
    func digest(_ word: Substring) -> String? {
      word.count == 64 && word.allSatisfy { $0.isASCII && $0.isHexDigit } ? word.lowercased() : nil
    }
    if line.hasPrefix("SHA256 (") {
      guard let equals = line.range(of: ") = ", options: .backwards) else { return nil }
      let word = line[equals.upperBound...].prefix { !$0.isWhitespace }
      return digest(word).map { ($0, line[line.index(line.startIndex, offsetBy: 8)..<equals.lowerBound]) }
    }
    // A backslash says that the name is escaped.
    let word = line.drop { $0 == "\\" }.prefix { !$0.isWhitespace }
    let rest = line[word.endIndex...].drop(while: \.isWhitespace)
    return digest(word).map { ($0, rest.first == "*" ? rest.dropFirst() : rest) }
  }

  private static func decoded(_ bytes: [UInt8]) -> String? {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      let high = bytes[0] == 0xFE ? 0 : 1
      let units = stride(from: 2, to: bytes.count - 1, by: 2).map { at in
        UInt16(bytes[at + high]) << 8 | UInt16(bytes[at + 1 - high])
      }
      return String(validating: units, as: UTF16.self)
    }
    return String(
      validating: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes, as: UTF8.self)
  }
}
