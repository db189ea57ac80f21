import Glibc

/// One p-value of several that are independent because each spends a draw of its own.
/// - Source: METHODS §5.5
package enum Combination {
  /// Fisher: −2 Σ ln p is χ² with 2n degrees of freedom.
  /// - Throws: `spentTwice` if two p-values come of one draw, `tooFew` for none.
  package static func fisher(_ values: [FreshPValue]) throws(EvidenceError) -> PValue {
    try FreshPValue.requireDistinct(values)
    let half = -values.reduce(0) { $0 + $1.p.ln }
    if half == 0 { return PValue(1) }
    // The tail of χ² with an even number of degrees is a Poisson sum: e^(−y) Σ_{i<n} yⁱ/i!, all terms positive.
    let terms = values.indices.map { Double($0) * log(half) - LogSpace.gamma(Double($0 + 1)) }
    return PValue(ln: LogSpace.sum(terms) - half)
  }

  /// Stouffer: Σ z / √n is standard normal, z the normal quantile of 1 − p. A p-value of 1 makes the whole 1.
  /// - Throws: `spentTwice` if two p-values come of one draw, `tooFew` for none.
  package static func stouffer(_ values: [FreshPValue]) throws(EvidenceError) -> PValue {
    try FreshPValue.requireDistinct(values)
    if values.contains(where: { $0.p.ln == 0 }) { return PValue(1) }
    let sum = values.reduce(0) { $0 + StandardNormal.upperQuantile(logTail: $1.p.ln) }
    return PValue(ln: StandardNormal.logUpperTail(sum / Double(values.count).squareRoot()))
  }
}

/// Corrections for asking about several suspects, or claiming several things, at once. They hold under any dependence.
package enum Multiplicity {
  /// Each p times their number: some innocent suspect is accused with a chance of at most α.
  /// - Source: Bonferroni
  package static func bonferroni(_ values: [PValue]) -> [PValue] {
    values.map { PValue(ln: $0.ln + log(Double(values.count))) }
  }

  /// The suspects to accuse such that the expected share of innocent ones among them is at most `level`: the j largest
  /// e-values, j the greatest number for which the j-th largest is ≥ n/(j·level). Indices, ascending.
  /// - Source: Wang & Ramdas, "False discovery rate control with e-values", 2022 (e-BH)
  package static func eBH(_ values: [EValue], level: Double) -> [Int] {
    precondition(level > 0 && level < 1, "a level in (0, 1)")
    let order = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
    let last = order.indices.last { place in
      values[order[place]].reaches(Double(place + 1) * level / Double(values.count))
    }
    return last.map { order[...$0].sorted() } ?? []
  }
}
