package import Crypto
package import Foundation

/// A SHA-256 digest as the formats write it: 64 lower-case hexadecimal digits.
package struct HexDigest: Sendable, Hashable, Codable, CustomStringConvertible {
  package let bytes: [UInt8]

  package init(_ digest: SHA256.Digest) { bytes = Array(digest) }

  /// The digest of some bytes.
  package init(of content: some ContiguousBytes) {
    var hash = SHA256()
    content.withUnsafeBytes { hash.update(bufferPointer: $0) }
    self.init(hash.finalize())
  }

  /// - Precondition: 32 bytes.
  package init(bytes: [UInt8]) {
    precondition(bytes.count == 32, "a SHA-256 digest has 32 bytes")
    self.bytes = bytes
  }

  /// Nil unless `text` is 64 hexadecimal digits.
  package init?(_ text: String) {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == 64, text.utf8.count == 64 else { return nil }
    bytes = stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let digest = Self(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a SHA-256 digest in hexadecimal")
    }
    self = digest
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  package var description: String { bytes.hexadecimal }
}

extension Sequence<UInt8> {
  /// Two lower-case hexadecimal digits a byte.
  package var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension StrangersFile {
  /// The digest of the whole file, which is read in pieces.
  /// - Parameter onProgress: told the bytes so far after each piece; what it throws ends the reading.
  package func digest<Hash: HashFunction>(_ hash: Hash.Type, onProgress: (Int) throws -> Void) throws -> Hash.Digest {
    var hash = Hash()
    var read = 0
    try forEachBlock { block in
      hash.update(bufferPointer: block)
      read += block.count
      try onProgress(read)
    }
    return hash.finalize()
  }
}
