import Crypto
import Foundations
import Testing

@testable import Evidence

/// Expected values: commitment_golden.py, which follows docs/formats and shares no code with this program.
@Suite struct CommitmentTests {
  static let contents: [[UInt8]] = [
    [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
    [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57], Array(0x60...0x6f),
  ]
  static let roots = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  @Test(arguments: 1...8) func growsTheTreeOfRFC6962(leaves: Int) {
    var tree = MerkleTree()
    for content in Self.contents.prefix(leaves) { tree.append(MerkleTree.leaf(content)) }
    #expect(HexDigest(tree.root).description == Self.roots[leaves - 1])
  }

  static let statement = ReleaseStatement(
    generator: HexDigest(bytes: 0..<32), source: HexDigest(bytes: 32..<64), claim: .targeted(at: 1), epsilon: 8,
    seed: 7,
    samples: 10, markedSamples: 3)
  static let candidates = [1, 3, 4, 6, 8, 9]

  static func marks(_ indices: [Int]) -> [Int: HexDigest] {
    Dictionary(uniqueKeysWithValues: indices.map { ($0, HexDigest(SHA256.hash(data: Array("marked \($0)".utf8)))) })
  }

  @Test func agreesWithTheFormatAsWritten() throws {
    let coins = Coins(drawing: 3, from: Self.candidates, with: Self.statement.secret)
    #expect(coins.marked == [1, 3, 4])
    let root = try ReleaseCommitment.root(of: Self.statement, marks: Self.marks(coins.marked))
    #expect(root.description == "6612c421a3513123d7a1ff5863b609ed434bb02f7c3091446c143a02391d1a8b")
  }

  @Test func agreesWithTheFormatOfReleasesThatHaveAKey() throws {
    var statement = Self.statement
    statement.key = HexDigest(bytes: Array(64..<96))
    let coins = Coins(drawing: 3, from: Self.candidates, with: statement.secret)
    #expect(coins.marked == [4, 6, 9])
    let root = try ReleaseCommitment.root(of: statement, marks: Self.marks(coins.marked))
    #expect(root.description == "4c50bde7a3e034711c5d1557dc246255a7e3965a560aba65cf0588ad30722df9")
  }

  @Test func agreesWithTheFormatOfAnAssignment() throws {
    var statement = Self.statement
    statement.key = HexDigest(bytes: Array(64..<96))
    statement.claim = .assignment(to: [7, 0, 3])
    let root = try ReleaseCommitment.root(of: statement, marks: Self.marks([4, 6, 9]))
    #expect(root.description == "23af6b26721053a5d3629a6791a44f54f32d01d19cbf53a98a575b09770f380d")
    statement.claim = .assignment(to: [0, 7, 3])
    #expect(try ReleaseCommitment.root(of: statement, marks: Self.marks([4, 6, 9])) != root)
    let lots = (0..<10).map { statement.secret.lot(ofClass: $0) }
    #expect(lots[0] == 0x0549_5CA9_00FF_B4FB)
    #expect(lots.indices.sorted { lots[$0] < lots[$1] } == [0, 4, 6, 8, 2, 1, 7, 5, 3, 9])
  }

  /// Generator, source and seed are all that a stranger with the same data could come by.
  @Test func withoutTheKeyNothingOfTheSecretFollows() {
    let old = Self.statement
    var (one, two) = (old, old)
    one.key = HexDigest(bytes: Array(64..<96))
    two.key = HexDigest(bytes: Array(65..<97))
    let orders = [old, one, two].map { $0.secret.carriers(20, of: 96) }
    #expect(Set(orders).count == 3)
    #expect(Set([old, one, two].map { $0.secret.salt(3) }).count == 3)
    #expect(Set([old, one, two].map { $0.secret.placement(ofCarrier: 0, sample: 4) }).count == 3)
  }

  @Test func changesWithEverythingThatItBinds() throws {
    let marks = Self.marks([1, 3, 4])
    let root = try ReleaseCommitment.root(of: Self.statement, marks: marks)
    var others: [HexDigest] = [
      try ReleaseCommitment.root(of: Self.statement, marks: Self.marks([1, 3, 6])),
      try ReleaseCommitment.root(of: Self.statement, marks: Self.marks([1, 3])),
    ]
    var swapped = marks
    swapped[1] = marks[3]
    others.append(try ReleaseCommitment.root(of: Self.statement, marks: swapped))
    for change: (inout ReleaseStatement) -> Void in [
      { $0.generator = HexDigest(bytes: 1..<33) }, { $0.source = HexDigest(bytes: 1..<33) },
      { $0.claim = .targeted(at: 2) },
      { $0.epsilon = 9 }, { $0.seed = 8 }, { $0.markedSamples = 4 }, { $0.key = HexDigest(bytes: 1..<33) },
    ] {
      var statement = Self.statement
      change(&statement)
      others.append(try ReleaseCommitment.root(of: statement, marks: marks))
    }
    #expect(Set(others + [root]).count == others.count + 1)
  }

  @Test func drawsEveryCandidateEquallyOften() {
    var counts = [Int: Int]()
    for seed in 0..<UInt64(3_000) {
      var statement = Self.statement
      statement.seed = seed
      for index in Coins(drawing: 2, from: Self.candidates, with: statement.secret).marked {
        counts[index, default: 0] += 1
      }
    }
    // 3,000 draws of 2 from 6: mean 1,000, standard deviation √(3000·⅓·⅔) ≈ 26.
    for candidate in Self.candidates { #expect(abs(counts[candidate, default: 0] - 1_000) < 130) }
  }
}

extension HexDigest {
  fileprivate init(bytes: Range<UInt8>) {
    self.init(bytes: Array(bytes))
  }
}
