import Crypto
import Foundation
package import Foundations

/// What the owner of a release fixes before publishing it, and can no longer change: who marked what, with which generator.
///
/// Exactly one generator, claim and set of coins can be opened for a release, so nobody can look for those that
/// fit a suspect afterwards.
package struct ReleaseStatement: Codable, Sendable, Equatable {
  /// Digests of the generator file and of the archive before marking.
  package var generator: HexDigest
  package var source: HexDigest
  private var targetClass: Int?
  private var claimKind: Claim.Kind?
  private var assignedClasses: [Int]?
  /// The most that a value of a marked sample may differ from the original's, in 1/255: ε.
  package var epsilon: Int
  /// How many pixels of a sample may differ at all; nil for any number.
  package var changedPixels: Int?
  /// Where pixels may differ at all; nil for anywhere.
  package var changedRegion: PixelRegion?
  /// How far pictures may be bent, pixels (`ChangeBudget`); nil for marks that are not bounded so.
  package var displacement: Int?
  /// The side of squares in the four corners, pixels, where values may differ by any amount; nil for none.
  package var openCorners: Int?
  package var seed: UInt64
  package var samples: Int
  package var markedSamples: Int
  /// 32 bytes that nobody outside the vault knows; nil in releases from before there were keys, whose secret follows from
  /// the rest.
  package var key: HexDigest?

  package init(
    generator: HexDigest, source: HexDigest, claim: Claim, epsilon: Int, changedPixels: Int? = nil,
    changedRegion: PixelRegion? = nil, displacement: Int? = nil, openCorners: Int? = nil, seed: UInt64, samples: Int,
    markedSamples: Int, key: HexDigest? = nil
  ) {
    self.generator = generator
    self.source = source
    (targetClass, claimKind, assignedClasses) = claim.members
    self.epsilon = epsilon
    self.changedPixels = changedPixels
    self.changedRegion = changedRegion
    self.displacement = displacement
    self.openCorners = openCorners
    self.seed = seed
    self.samples = samples
    self.markedSamples = markedSamples
    self.key = key
  }

  /// What is claimed of models that learned the release.
  package var claim: Claim {
    get { Claim(targetClass: targetClass, claimKind: claimKind, assignedClasses: assignedClasses) }
    set { (targetClass, claimKind, assignedClasses) = newValue.members }
  }

  package var secret: ReleaseSecret {
    ReleaseSecret(recordedKey: key, generator: generator, source: source, seed: seed)
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
    (targetClass, claimKind, assignedClasses) = try Claim(from: decoder).members
    epsilon = try container.decode(0...255, forKey: .epsilon)
    changedPixels = try container.decodeIfPresent(1...DocumentBounds.whole, forKey: .changedPixels)
    changedRegion = try container.decodeIfPresent(PixelRegion.self, forKey: .changedRegion)
    displacement = try container.decodeIfPresent(0...1 << 16, forKey: .displacement)
    openCorners = try container.decodeIfPresent(1...1 << 16, forKey: .openCorners)
    seed = try container.decode(UInt64.self, forKey: .seed)
    samples = try container.decode(1...DocumentBounds.samples, forKey: .samples)
    markedSamples = try container.decode(0...samples, forKey: .markedSamples)
    key = try container.decodeIfPresent(HexDigest.self, forKey: .key)
  }
}
