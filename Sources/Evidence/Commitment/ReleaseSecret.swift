import Crypto
package import Foundations

/// The secret of one release, from which its coins, carriers, places and salts are drawn.
///
/// It is a keyed hash under the release's own key, 32 bytes that come from the vault's random secret: whoever knows
/// archive, settings, seed and generator knows nothing of it. The same vault, input, generator and seed give the same
/// release.
/// - Source: docs/formats, "Commitment"
package struct ReleaseSecret: Sendable {
  private let key: SymmetricKey

  /// - Parameters:
  ///   - key: of the release.
  ///   - generator: digest of the generator file.
  ///   - source: digest of the archive before marking.
  package init(key: HexDigest, generator: HexDigest, source: HexDigest, seed: UInt64) {
    self.init(key: key, "dandyroll release secret 2", generator.bytes + source.bytes + seed.bigEndianBytes)
  }

  /// The secret of a release that may be from before there were keys.
  package init(recordedKey key: HexDigest?, generator: HexDigest, source: HexDigest, seed: UInt64) {
    if let key {
      self.init(key: key, generator: generator, source: source, seed: seed)
    } else {
      self.init(generator: generator, source: source, seed: seed)
    }
  }

  /// The secret of a release from before there were keys, whose generator's digest was the key. It is no secret where
  /// the generator can be trained again, so nothing new is released with it.
  package init(generator: HexDigest, source: HexDigest, seed: UInt64) {
    self.init(key: generator, "dandyroll release secret 1", source.bytes + seed.bigEndianBytes)
  }

  private init(key: HexDigest, _ purpose: String, _ content: [UInt8]) {
    var hmac = HMAC<SHA256>(key: SymmetricKey(data: key.bytes))
    hmac.update(data: Array(purpose.utf8))
    hmac.update(data: content)
    self.key = SymmetricKey(data: Array(hmac.finalize()))
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
