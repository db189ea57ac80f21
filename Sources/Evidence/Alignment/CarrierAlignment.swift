import Glibc

/// How near a classifier's weights are to carriers, once its features have been brought into the space of the carriers.
///
/// Were a row of weights a direction that knows nothing of the carrier, every direction would be as likely, and the cosine
/// would follow the published distribution. That is an assumption about the row; what is exact is the rank of the true carriers
/// among others that were drawn alike (`ExchangeableRank`).
/// - Source: Sablayrolles et al. 2020; METHODS §3
package struct CarrierAlignment: Sendable, Equatable {
  /// c, one a carrier, in [−1, 1].
  package let cosines: [Double]
  /// The published p-value of each.
  package let p: [PValue]
  /// Of all, by Fisher's method.
  package let combined: PValue

  /// - Parameters:
  ///   - rows: of the last layer in the space of the carriers, d numbers each.
  ///   - carriers: of the same classes, d numbers each, of any length but zero.
  /// - Throws: `tooFew` for less than two dimensions or no carrier, `notFinite`.
  package init(_ rows: [[Double]], carriers: [[Float]]) throws(EvidenceError) {
    precondition(rows.count == carriers.count, "a carrier a row")
    guard let dimensions = carriers.first?.count else { throw .tooFew(what: "carriers", count: 0, least: 1) }
    guard dimensions >= 2 else { throw .tooFew(what: "features", count: dimensions, least: 2) }
    var cosines: [Double] = []
    for (index, (row, carrier)) in zip(rows, carriers).enumerated() {
      let cosine = Self.cosine(row, carrier)
      guard cosine.isFinite else { throw .notFinite(what: "cosine of class", index: index) }
      cosines.append(cosine)
    }
    self.cosines = cosines
    p = cosines.map { PValue(ln: SphereCosine.logUpperTail($0, dimensions: dimensions)) }
    combined = PValue(ln: Fisher.logCombined(p.map(\.ln)))
  }

  /// What the true carriers are ranked by: the higher, the nearer the weights are.
  package var score: Double { min(-combined.ln, .greatestFiniteMagnitude) }

  /// 0 for a row of zeros, which leans nowhere.
  private static func cosine(_ row: [Double], _ carrier: [Float]) -> Double {
    precondition(row.count == carrier.count, "a row has as many numbers as a carrier")
    var (product, own, other) = (0.0, 0.0, 0.0)
    for (a, b) in zip(row, carrier) {
      product += a * Double(b)
      own += a * a
      other += Double(b) * Double(b)
    }
    if own == 0 || other == 0 { return 0 }
    return max(-1, min(1, product / (own.squareRoot() * other.squareRoot())))
  }
}

/// The cosine of a fixed direction and one that is uniform on the sphere.
/// - Source: Iscen et al. 2017; METHODS §3
enum SphereCosine {
  /// ln P(C ≥ c) for c in [−1, 1] and d ≥ 2 dimensions: half of I at 1 − c² with (d − 1)/2 and ½.
  static func logUpperTail(_ cosine: Double, dimensions: Int) -> Double {
    let square = cosine * cosine
    let point = IncompleteBeta.Point(
      x: (1 - cosine) * (1 + cosine), y: square, logX: log1p(-square), logY: 2 * log(abs(cosine)))
    let half = IncompleteBeta.logTails(at: point, a: Double(dimensions - 1) / 2, b: 0.5).lower - 0.693_147_180_559_945_3
    return cosine >= 0 ? half : LogSpace.complement(half)
  }
}

/// Fisher's combination of independent p-values.
enum Fisher {
  /// ln P(χ² with 2K degrees of freedom ≥ −2 Σ ln p). With an even number of them the tail is a sum of K terms:
  /// e^(−L)·Σ L^j/j!, L = −Σ ln p.
  static func logCombined(_ logs: [Double]) -> Double {
    let sum = -logs.reduce(0, +)
    if sum == .infinity { return -.infinity }
    if sum <= 0 { return 0 }
    let terms = logs.indices.map { Double($0) * log(sum) - LogSpace.gamma(Double($0) + 1) }
    return min(0, LogSpace.sum(terms) - sum)
  }
}
