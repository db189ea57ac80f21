package import Crypto

/// A Merkle tree that is grown leaf by leaf and keeps ⌈log₂ n⌉ digests, so that committing to a dataset of any size takes
/// constant memory.
///
/// The shape and the prefixes (0x00 for a leaf, 0x01 for a node) are those of Certificate Transparency, so that a leaf can
/// never pass for a node.
/// - Source: RFC 6962 §2.1
package struct MerkleTree: Sendable {
  /// Roots of complete subtrees, largest first, each with its number of leaves (a power of two).
  private var peaks: [(root: SHA256.Digest, leaves: Int)] = []
  package private(set) var count = 0

  package init() {}

  package mutating func append(_ leaf: SHA256.Digest) {
    var root = leaf
    var leaves = 1
    while let last = peaks.last, last.leaves == leaves {
      peaks.removeLast()
      root = Self.node(last.root, root)
      leaves *= 2
    }
    peaks.append((root, leaves))
    count += 1
  }

  /// The root over all leaves so far; the digest of nothing for an empty tree.
  package var root: SHA256.Digest {
    guard var root = peaks.last?.root else { return SHA256.hash(data: [UInt8]()) }
    for peak in peaks.dropLast().reversed() { root = Self.node(peak.root, root) }
    return root
  }

  /// The digest of a leaf's content.
  package static func leaf(_ content: some Sequence<UInt8>) -> SHA256.Digest {
    var hash = SHA256()
    hash.update(data: [0x00])
    hash.update(data: Array(content))
    return hash.finalize()
  }

  static func node(_ left: SHA256.Digest, _ right: SHA256.Digest) -> SHA256.Digest {
    var hash = SHA256()
    hash.update(data: [0x01])
    left.withUnsafeBytes { hash.update(bufferPointer: $0) }
    right.withUnsafeBytes { hash.update(bufferPointer: $0) }
    return hash.finalize()
  }
}
