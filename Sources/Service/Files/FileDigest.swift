import Crypto
import Foundation
import Glibc
import Synchronization

/// SHA-256 of a whole file, read in pieces.
enum FileDigest {
  static let pieceBytes = 1 << 20

  /// The digest in hex, for exactly the file that `stamp` describes. Blocks: call it through `Blocking`.
  ///
  /// `piece` is told the bytes so far after each piece and may throw to stop.
  /// - Throws: `ServiceError.inputChanged` when the file is another or grows, `.file`, or what `piece` throws.
  static func of(_ path: String, stamp: FileStamp, piece: (Int) throws -> Void = { _ in }) throws -> String {
    // O_NONBLOCK: a FIFO put in the file's place must not hang the open.
    let file = try OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    guard try file.stamp() == stamp else { throw ServiceError.inputChanged(path: path) }
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
    guard try file.stamp() == stamp, total == stamp.size else { throw ServiceError.inputChanged(path: path) }
    return hex(hash.finalize())
  }

  static func of(_ bytes: [UInt8]) -> String {
    hex(SHA256.hash(data: bytes))
  }

  static func hex(_ digest: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in digest {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The digest that a `.sha256` file gives: 64 hex digits, alone or before blanks and a name. Nil for anything else.
  static func parse(_ sidecar: String) -> String? {
    let word = sidecar.prefix { $0.isASCII && $0.isHexDigit }
    let rest = sidecar[word.endIndex...]
    guard word.count == 64, rest.isEmpty || rest.first?.isWhitespace == true else { return nil }
    return word.lowercased()
  }
}
