import Crypto
package import Foundations

/// A release's commitment, opened for a dispute: the statement, which determines the secret and so every key and lot,
/// and some marked samples with their Merkle proofs (docs/formats, "Evidence package").
package struct CommitmentOpening: Codable, Sendable, Equatable {
  /// One sample's coin. The salt follows from the statement.
  package struct Leaf: Codable, Sendable, Equatable {
    /// Digest of the sample's pixels as released.
    package let marked: HexDigest
    package let proof: MerkleProof
  }

  package static let currentFormat = "dandyroll-commitment-opening/1"

  package let format: String
  package let statement: ReleaseStatement
  /// The Merkle root over the samples' leaves, the statement's sibling below the published root.
  package let samplesRoot: HexDigest
  package let leaves: [Leaf]

  /// - Parameters:
  ///   - marks: index → digest of every marked sample.
  ///   - opened: indices of the marked samples to prove.
  package init(_ statement: ReleaseStatement, marks: [Int: HexDigest], opened: [Int]) {
    let secret = statement.secret
    let tree = ProvingTree(
      (0..<statement.samples).map { index in
        HexDigest(ReleaseCommitment.leaf(index, marked: marks[index], statement, secret))
      })
    format = Self.currentFormat
    self.statement = statement
    samplesRoot = tree.root
    leaves = opened.compactMap { index in
      marks[index].map { Leaf(marked: $0, proof: tree.proof(of: index)) }
    }
  }

  /// The root that the opening leads to; nil if a proof does not lead to `samplesRoot`.
  package func root() throws -> HexDigest? {
    let secret = statement.secret
    for leaf in leaves {
      guard leaf.proof.leaves == statement.samples, leaf.proof.index >= 0 else { return nil }
      let digest = HexDigest(ReleaseCommitment.leaf(leaf.proof.index, marked: leaf.marked, statement, secret))
      guard leaf.proof.root(of: digest) == samplesRoot else { return nil }
    }
    return HexDigest(SHA256.hash(data: [0x01] + Array(try statement.digest()) + samplesRoot.bytes))
  }
}

extension CommitmentOpening {
  /// - Throws: `DecodingError`, also for another format.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    format = try container.decodeFormat(Self.currentFormat, forKey: .format)
    statement = try container.decode(ReleaseStatement.self, forKey: .statement)
    samplesRoot = try container.decode(HexDigest.self, forKey: .samplesRoot)
    leaves = try container.decode([Leaf].self, forKey: .leaves)
  }
}
