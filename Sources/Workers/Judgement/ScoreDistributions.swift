import Evidence

/// A model's answers as sorted figures of four decimals: enough to draw them, and little enough to print.
package struct ScoreDistributions: Codable, Sendable, Equatable {
  /// P_b and P_w of the release's key, in [0, 1].
  package let clean: [Double]
  package let marked: [Double]
  /// ΔP under each decoy key.
  package let decoys: [Double]

  /// More figures than this are given by as many quantiles.
  static let longest = 400

  init(_ scores: KeyedScores) {
    clean = Self.summary(scores.clean.compactMap { $0 })
    marked = Self.summary(scores.real.compactMap { $0 })
    decoys = Self.summary(scores.totals.deltaP.dropFirst().compactMap { $0 })
  }

  /// Sorted; of n > `longest` values the order statistics in the middle of `longest` equal parts.
  static func summary(_ values: [Double]) -> [Double] {
    let sorted = values.sorted().map { ($0 * 10_000).rounded() / 10_000 }
    guard sorted.count > longest else { return sorted }
    return (0..<longest).map { sorted[(2 * $0 + 1) * sorted.count / (2 * longest)] }
  }
}
