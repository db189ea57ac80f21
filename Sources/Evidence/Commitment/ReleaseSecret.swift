import Crypto

/// The secret of one release, from which its coins and salts are drawn.
///
/// It is a keyed hash of the seed under the generator's digest. The generator's weights never leave the vault, so their
/// digest is a key that nobody else has, even when the seed is a small number from a command line; and the same input,
/// generator and seed give the same release.
package struct ReleaseSecret: Sendable {
  private let key: SymmetricKey

  /// - Parameters:
  ///   - generator: digest of the generator file.
  ///   - source: digest of the archive before marking.
  package init(generator: HexDigest, source: HexDigest, seed: UInt64) {
    var hmac = HMAC<SHA256>(key: SymmetricKey(data: generator.bytes))
    hmac.update(data: Array("dandyroll release secret 1".utf8))
    hmac.update(data: source.bytes)
    hmac.update(data: seed.bigEndianBytes)
    key = SymmetricKey(data: Array(hmac.finalize()))
  }

  /// Salt of the leaf of sample `index`, or of the statement when `index` is nil: 32 bytes.
  package func salt(_ index: Int?) -> [UInt8] {
    draw("salt", index.map { UInt64($0) } ?? .max)
  }

  /// The lot of a sample: those with the smallest lots are marked. Uniform over 64 bits.
  package func lot(_ index: Int) -> UInt64 {
    draw("lot", UInt64(index)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// 32 bytes for a purpose and its numbers.
  func draw(_ purpose: String, _ numbers: UInt64...) -> [UInt8] {
    var hmac = HMAC<SHA256>(key: key)
    hmac.update(data: Array(purpose.utf8))
    for number in numbers { hmac.update(data: number.bigEndianBytes) }
    return Array(hmac.finalize())
  }
}

extension UInt64 {
  /// Most significant byte first.
  var bigEndianBytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * UInt64($0))) } }
}
