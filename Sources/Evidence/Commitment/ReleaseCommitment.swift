import Crypto
package import Foundations

/// The digest that a release publishes: it binds the statement and every sample's coin, and tells nothing about either.
///
/// root = node(statement digest, Merkle root of the leaves), where leaf i is over (salt i, i, coin i, digest of the
/// marked sample or zeros, generator digest). There is a leaf for every sample of the archive, so the number of leaves
/// does not tell the size of the target class.
/// - Source: METHODS §5.6; docs/formats, "Commitment"
package struct ReleaseCommitment {
  private let statement: ReleaseStatement
  private let secret: ReleaseSecret
  private var tree = MerkleTree()

  package init(_ statement: ReleaseStatement) {
    self.statement = statement
    secret = statement.secret
  }

  /// Adds the leaf of the next sample in stream order.
  /// - Parameter marked: the digest of the sample's pixels as released if it carries a mark, else nil.
  package mutating func append(marked: HexDigest?) {
    tree.append(Self.leaf(tree.count, marked: marked, statement, secret))
  }

  /// The leaf of one sample.
  static func leaf(
    _ index: Int, marked: HexDigest?, _ statement: ReleaseStatement, _ secret: ReleaseSecret
  ) -> SHA256.Digest {
    var content = secret.salt(index)
    content += UInt64(index).bigEndianBytes
    content.append(marked == nil ? 0 : 1)
    content += marked?.bytes ?? [UInt8](repeating: 0, count: 32)
    content += statement.generator.bytes
    return MerkleTree.leaf(content)
  }

  /// The published digest, once every sample has been appended.
  package func root() throws -> HexDigest {
    precondition(tree.count == statement.samples, "one leaf a sample")
    return HexDigest(MerkleTree.node(try statement.digest(), tree.root))
  }

  /// The digest for a whole list of marked samples, `marks[index]` being the digest of sample `index`.
  /// - Parameter onProgress: called now and then with the leaves so far: there may be millions of samples.
  package static func root(
    of statement: ReleaseStatement, marks: [Int: HexDigest], onProgress: (_ leaves: Int) throws -> Void = { _ in }
  ) throws -> HexDigest {
    var commitment = Self(statement)
    for index in 0..<statement.samples {
      commitment.append(marked: marks[index])
      if index.isMultiple(of: leavesBetweenReports) { try onProgress(index) }
    }
    return try commitment.root()
  }

  /// A leaf takes some microseconds.
  private static let leavesBetweenReports = 1 << 16
}
