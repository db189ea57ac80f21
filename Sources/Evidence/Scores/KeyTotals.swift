import Glibc

/// What ranking needs of all answers so far, whatever the number of audits: sums over images, by carrier and column, the
/// key's own carriers first.
///
/// A key that is a set of carriers is ranked by P_w − P_b. One that is an assignment is ranked by the gain of
/// log max(P, 10⁻⁴), or of hits where there are only labels: what a class wins under a carrier is a factor, and the
/// logarithm lets the classes that are far from winning speak too.
/// - Source: METHODS §5.3 and §8
package struct KeyTotals: Sendable, Equatable {
  /// Sums of what the key is ranked by, (columns·c), and of P_w − P_b.
  package private(set) var sums: [Double]
  private var differences: [Double]
  /// Pairs of answers, (columns·c).
  package private(set) var pairs: [Int]
  /// Images with a pair in any column, (c).
  private var images: [Int]
  /// G, how many of the carriers are the key's.
  package let keySize: Int
  /// The claim's: 1 where the key is a set, G where it is an assignment.
  package let columns: Int

  /// Of a key that is a set.
  package init(sums: [Double], pairs: [Int], keySize: Int = 1) {
    precondition(
      sums.count == pairs.count && sums.count >= keySize && keySize >= 1, "a sum and a count for each carrier")
    self.sums = sums
    differences = sums
    self.pairs = pairs
    images = pairs
    self.keySize = keySize
    columns = 1
  }

  /// Each carrier is summed over the images that it has both answers for: a rule that is the same for all, so a lost answer
  /// costs its own carrier one image and no other.
  package init(_ scores: KeyedScores) {
    sums = []
    differences = []
    pairs = []
    images = scores.carriers.map { marked in
      (0..<scores.count).count { image in
        scores.clean.indices.contains { scores.clean[$0][image] != nil && marked[$0][image] != nil }
      }
    }
    keySize = scores.keySize
    columns = scores.columns
    let isLogarithmic = columns > 1 && scores.kind != .label
    for column in scores.clean.indices {
      for marked in scores.carriers {
        var (sum, difference, count) = (0.0, 0.0, 0)
        for (clean, marked) in zip(scores.clean[column], marked[column]) {
          guard let clean, let marked else { continue }
          difference += marked - clean
          if isLogarithmic { sum += log(max(marked, Self.floor)) - log(max(clean, Self.floor)) }
          count += 1
        }
        sums.append(isLogarithmic ? sum : difference)
        differences.append(difference)
        pairs.append(count)
      }
    }
  }

  /// Below it a probability is as good as none; the logarithm of a rounding error would drown everything.
  private static let floor = 1e-4

  /// c.
  package var carriers: Int { sums.count / columns }

  /// k, the keys that could have been drawn instead, as far as they are gone through.
  package var decoys: Int { Self.keys(of: carriers, size: keySize, columns: columns) - 1 }

  /// The keys that a rank is among: all sets; all assignments, or so many of them by lot.
  static func keys(of carriers: Int, size: Int, columns: Int) -> Int {
    columns == 1
      ? KeySubsets.count(of: carriers, size: size) : KeyAssignments.count(of: carriers, size: size)
  }

  /// The fewest images that a carrier has a pair of.
  package var leastPairs: Int { images.min() ?? 0 }

  /// Whether there is something to rank by in every place.
  package var isWhole: Bool { pairs.allSatisfy { $0 > 0 } }

  /// ΔP of each carrier, the key's own first, each in the column that it is to raise; of a decoy the mean over columns. Nil
  /// for a carrier without a pair.
  package var deltaP: [Double?] {
    (0..<carriers).map { carrier in
      let places =
        columns > 1 && carrier < keySize
        ? [carrier * carriers + carrier] : (0..<columns).map { $0 * carriers + carrier }
      guard places.allSatisfy({ pairs[$0] > 0 }) else { return nil }
      return places.reduce(0) { $0 + differences[$1] / Double(pairs[$1]) } / Double(places.count)
    }
  }

  /// What each ΔP of the key's carriers is to be seen among, one by one: that of every decoy. Of an assignment, where a
  /// carrier's is that of one class, the ΔP of every other class under every carrier: a mean over classes would lie closer to
  /// nothing than what it stands beside.
  package var otherDeltaP: [Double] {
    guard columns > 1 else { return deltaP.dropFirst(keySize).compactMap(\.self) }
    return differences.indices.compactMap { place in
      place / carriers == place % carriers || pairs[place] == 0 ? nil : differences[place] / Double(pairs[place])
    }
  }

  /// ΔP of the key: the mean over its carriers; nil unless each has a pair.
  package var keyDeltaP: Double? {
    let own = deltaP.prefix(keySize).compactMap { $0 }
    return own.count == keySize ? own.reduce(0, +) / Double(keySize) : nil
  }

  /// What the key is ranked by, mean over images, (columns, c): of an assignment the matrix of classes and carriers, whose
  /// diagonal is the key's.
  package var matrix: [[Double?]] {
    (0..<columns).map { column in
      (0..<carriers).map {
        let place = column * carriers + $0
        return pairs[place] == 0 ? nil : sums[place] / Double(pairs[place])
      }
    }
  }

  package mutating func add(_ other: Self) {
    precondition(
      sums.count == other.sums.count && keySize == other.keySize && columns == other.columns, "the same carriers")
    for place in sums.indices {
      sums[place] += other.sums[place]
      differences[place] += other.differences[place]
      pairs[place] += other.pairs[place]
    }
    for carrier in images.indices { images[carrier] += other.images[carrier] }
  }

  /// The key's rank.
  /// - Throws: `tooFew`, `notFinite`.
  package func rank() throws(EvidenceError) -> ExchangeableRank {
    guard isWhole else { throw .tooFew(what: "pairs of answers for a carrier", count: 0, least: 1) }
    let means = zip(sums, pairs).map { $0 / Double($1) }
    return columns == 1
      ? try ExchangeableRank(ofFirst: keySize, among: means)
      : try ExchangeableRank(ofDiagonalIn: means, classes: columns)
  }
}
