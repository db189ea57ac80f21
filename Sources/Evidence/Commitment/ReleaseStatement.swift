import Crypto
import Foundation
package import Foundations

/// What the owner of a release fixes before publishing it, and can no longer change: who marked what, with which generator.
///
/// Exactly one generator, target class and set of coins can be opened for a release, so nobody can look for those that
/// fit a suspect afterwards.
package struct ReleaseStatement: Codable, Sendable, Equatable {
  /// Digests of the generator file and of the archive before marking.
  package var generator: HexDigest
  package var source: HexDigest
  package var targetClass: Int
  /// ε in 1/255.
  package var epsilon: Int
  package var seed: UInt64
  package var samples: Int
  package var markedSamples: Int
  /// 32 bytes that nobody outside the vault knows; nil in releases from before there were keys, whose secret follows from
  /// the rest.
  package var key: HexDigest?

  package init(
    generator: HexDigest, source: HexDigest, targetClass: Int, epsilon: Int, seed: UInt64, samples: Int,
    markedSamples: Int, key: HexDigest? = nil
  ) {
    self.generator = generator
    self.source = source
    self.targetClass = targetClass
    self.epsilon = epsilon
    self.seed = seed
    self.samples = samples
    self.markedSamples = markedSamples
    self.key = key
  }

  package var secret: ReleaseSecret {
    guard let key else { return ReleaseSecret(generator: generator, source: source, seed: seed) }
    return ReleaseSecret(key: key, generator: generator, source: source, seed: seed)
  }

  /// The salted digest of the statement's canonical JSON (sorted keys, no spaces).
  func digest() throws -> SHA256.Digest {
    MerkleTree.leaf(secret.salt(nil) + Array(try CanonicalJSON.strict(self)))
  }
}

extension ReleaseStatement {
  /// - Throws: `DecodingError`, also for numbers that no release has.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    generator = try container.decode(HexDigest.self, forKey: .generator)
    source = try container.decode(HexDigest.self, forKey: .source)
    targetClass = try container.decode(0...DocumentBounds.classes, forKey: .targetClass)
    epsilon = try container.decode(0...255, forKey: .epsilon)
    seed = try container.decode(UInt64.self, forKey: .seed)
    samples = try container.decode(1...DocumentBounds.samples, forKey: .samples)
    markedSamples = try container.decode(0...samples, forKey: .markedSamples)
    key = try container.decodeIfPresent(HexDigest.self, forKey: .key)
  }
}
