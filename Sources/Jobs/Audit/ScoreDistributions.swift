/// A model's answers as sorted figures of four decimals: enough to draw them, and little enough to print and to keep.
package struct ScoreDistributions: Codable, Sendable, Equatable {
  /// P_b and P_w of the release's key, in [0, 1].
  package let clean: [Double]
  package let marked: [Double]
  /// ΔP under each of the key's carriers, and under each decoy carrier.
  package let carriers: [Double]
  package let decoys: [Double]

  /// More figures than this are given by as many quantiles.
  package static let longest = 400

  package init(clean: [Double], marked: [Double], carriers: [Double], decoys: [Double]) {
    self.clean = Self.summary(clean)
    self.marked = Self.summary(marked)
    self.carriers = Self.summary(carriers)
    self.decoys = Self.summary(decoys)
  }

  /// Sorted; of n > `longest` values the order statistics in the middle of `longest` equal parts.
  static func summary(_ values: [Double]) -> [Double] {
    let sorted = values.filter(\.isFinite).sorted().map { ($0 * 10_000).rounded() / 10_000 }
    guard sorted.count > longest else { return sorted }
    return (0..<longest).map { sorted[(2 * $0 + 1) * sorted.count / (2 * longest)] }
  }
}
