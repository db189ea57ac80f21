/// Sums of P_w − P_b by carrier, the key's own first: all that ranking needs, whatever the number of audits.
package struct KeyTotals: Sendable, Equatable {
  /// Σ (P_w − P_b), (c).
  package private(set) var sums: [Double]
  /// Pairs of answers, (c).
  package private(set) var pairs: [Int]
  /// G, how many of the carriers are the key's.
  package let keySize: Int

  package init(sums: [Double], pairs: [Int], keySize: Int = 1) {
    precondition(
      sums.count == pairs.count && sums.count >= keySize && keySize >= 1, "a sum and a count for each carrier")
    self.sums = sums
    self.pairs = pairs
    self.keySize = keySize
  }

  /// Each carrier is summed over the images that it has both answers for: a rule that is the same for all, so a lost answer
  /// costs its own carrier one image and no other.
  package init(_ scores: KeyedScores) {
    sums = []
    pairs = []
    keySize = scores.keySize
    for marked in scores.carriers {
      var sum = 0.0
      var count = 0
      for (clean, marked) in zip(scores.clean, marked) {
        guard let clean, let marked else { continue }
        sum += marked - clean
        count += 1
      }
      sums.append(sum)
      pairs.append(count)
    }
  }

  /// k, the keys that could have been drawn instead.
  package var decoys: Int { KeySubsets.count(of: sums.count, size: keySize) - 1 }

  /// The fewest pairs that a carrier has.
  package var leastPairs: Int { pairs.min() ?? 0 }

  /// ΔP of each carrier, the key's own first; nil for a carrier without a pair.
  package var deltaP: [Double?] { zip(sums, pairs).map { $1 == 0 ? nil : $0 / Double($1) } }

  package mutating func add(_ other: Self) {
    precondition(sums.count == other.sums.count && keySize == other.keySize, "the same carriers")
    for carrier in sums.indices {
      sums[carrier] += other.sums[carrier]
      pairs[carrier] += other.pairs[carrier]
    }
  }

  /// The key's rank by ΔP.
  /// - Throws: `tooFew`, `notFinite`.
  package func rank() throws(EvidenceError) -> ExchangeableRank {
    guard leastPairs > 0 else { throw .tooFew(what: "pairs of answers for a carrier", count: 0, least: 1) }
    return try ExchangeableRank(ofFirst: keySize, among: zip(sums, pairs).map { $0 / Double($1) })
  }
}
