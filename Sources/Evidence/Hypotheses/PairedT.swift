import Glibc

/// The paper's test: one-sided paired t of H0: E[P_w − P_b] ≤ τ, T = √m·(mean − τ)/s with m − 1 degrees of freedom.
///
/// It treats images as random and not models, so an innocent model that happens to answer to a mark gets p-values of 1e-50.
/// It is reported and never decides.
/// - Source: METHODS §1; SSCL-BW, verification by probabilities
package struct PairedT: Sendable, Equatable {
  /// m.
  package let count: Int
  /// ΔP.
  package let mean: Double
  /// s, the standard deviation with m − 1.
  package let deviation: Double
  package let statistic: Double
  package let p: PValue

  /// m − 1.
  package var freedom: Int { count - 1 }

  /// - Parameters:
  ///   - differences: P_w − P_b by image, (m).
  ///   - margin: τ.
  /// - Throws: `tooFew` for m < 2, `notFinite`, `zeroVariance`.
  package init(_ differences: [Double], margin: Double) throws(EvidenceError) {
    try Self.requireFinite(differences)
    guard let first = differences.first, differences.count >= 2 else {
      throw .tooFew(what: "pairs", count: differences.count, least: 2)
    }
    count = differences.count
    // Distances from the first value: a constant list then has exactly no variance, whatever it rounds to.
    let shift = differences.reduce(0) { $0 + ($1 - first) } / Double(count)
    let squares = differences.reduce(0) { $0 + ($1 - first - shift) * ($1 - first - shift) }
    guard squares > 0 else { throw .zeroVariance(count: count) }
    mean = first + shift
    deviation = (squares / Double(count - 1)).squareRoot()
    statistic = (mean - margin) / (deviation / Double(count).squareRoot())
    p = PValue(ln: StudentT.logUpperTail(statistic, freedom: Double(count - 1)))
  }

  static func requireFinite(_ differences: [Double]) throws(EvidenceError) {
    if let index = differences.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(what: "difference", index: index)
    }
  }
}
