import Crypto

/// SHA-256 of some bytes.
package struct ContentDigest: Hashable, Sendable {
  /// 32 bytes.
  package let bytes: [UInt8]

  package init(of content: some Sequence<UInt8>) {
    self.init(SHA256.hash(data: Array(content)))
  }

  init(_ digest: SHA256.Digest) {
    bytes = Array(digest)
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension ContentDigest: CustomStringConvertible {
  package var description: String { hex }
}
