import Crypto
package import Foundations

/// The digests that lead from one leaf of a Merkle tree to its root.
/// - Source: RFC 6962 §2.1.1
package struct MerkleProof: Codable, Sendable, Equatable {
  /// The leaf's index, and the number of leaves.
  package let index: Int
  package let leaves: Int
  /// Siblings from the bottom up; levels at which the node has none are left out.
  package let path: [HexDigest]

  /// The root that a leaf with this digest leads to; nil if the proof does not have the tree's shape.
  package func root(of leaf: HexDigest) -> HexDigest? {
    guard index >= 0, index < leaves else { return nil }
    var node = leaf
    var index = index
    var width = leaves
    var siblings = path[...]
    while width > 1 {
      // The last node of an odd level moves up as it is.
      if index ^ 1 < width {
        guard let sibling = siblings.popFirst() else { return nil }
        node = index & 1 == 0 ? Self.node(node, sibling) : Self.node(sibling, node)
      }
      index /= 2
      // ⌈width / 2⌉, whatever the width.
      width = width / 2 + width % 2
    }
    return siblings.isEmpty ? node : nil
  }

  /// The digest above two others.
  static func node(_ left: HexDigest, _ right: HexDigest) -> HexDigest {
    HexDigest(SHA256.hash(data: [0x01] + left.bytes + right.bytes))
  }
}

extension MerkleProof {
  /// - Throws: `DecodingError`, also for an index that is none of the leaves, or a path that no tree of that many has.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    leaves = try container.decode(1...DocumentBounds.samples, forKey: .leaves)
    index = try container.decode(0...leaves - 1, forKey: .index)
    path = try container.decode([HexDigest].self, forKey: .path)
    guard path.count <= Int.bitWidth else {
      throw DecodingError.dataCorruptedError(
        forKey: .path, in: container, debugDescription: "\(path.count) siblings, at most \(Int.bitWidth) are possible")
    }
  }
}

/// A Merkle tree with all its nodes, from which proofs are taken: 64 bytes a leaf.
struct ProvingTree {
  /// The leaves, then each level above; the last has the root alone.
  private let levels: [[HexDigest]]

  /// - Precondition: at least one leaf.
  init(_ leaves: [HexDigest]) {
    precondition(!leaves.isEmpty, "a proof needs a leaf")
    var levels = [leaves]
    while let level = levels.last, level.count > 1 {
      levels.append(
        stride(from: 0, to: level.count, by: 2).map { first in
          first + 1 < level.count ? MerkleProof.node(level[first], level[first + 1]) : level[first]
        })
    }
    self.levels = levels
  }

  var root: HexDigest { levels[levels.count - 1][0] }

  func proof(of index: Int) -> MerkleProof {
    var position = index
    var path: [HexDigest] = []
    for level in levels.dropLast() {
      if position ^ 1 < level.count { path.append(level[position ^ 1]) }
      position /= 2
    }
    return MerkleProof(index: index, leaves: levels[0].count, path: path)
  }
}
