import Evidence

/// The figures of one model under one release's key: what `qualify --json` and `queries score --json` print.
package struct EvidenceFigures: Encodable, Sendable {
  /// Multiples of ε on the verification images.
  package let amplitude: Int
  /// m, images with both answers.
  package let pairs: Int
  /// ΔP, and the share of marked images that are predicted as the target (labels) or its mean probability.
  package let deltaP: Double?
  package let markedMean: Double?
  package let t: Double?
  package let pT: Double?
  package let pWilcoxon: Double?
  package let pDecoy: Double?
  package let decoys: Int
  /// Mean and largest ΔP of the decoy keys.
  package let decoyMean: Double?
  package let decoyLargest: Double?

  /// - Parameter rank: the real key's among its decoys; nil without any.
  init(_ scores: KeyedScores, paired: PairedTests, rank: ExchangeableRank?, amplitude: Int) {
    let others = scores.totals.deltaP.dropFirst().compactMap { $0 }
    self.amplitude = amplitude
    pairs = paired.count
    deltaP = paired.deltaP
    markedMean = scores.realScores.markedMean
    t = (try? paired.t.get())?.statistic
    pT = (try? paired.t.get())?.p.value
    pWilcoxon = (try? paired.signedRank.get())?.p.value
    pDecoy = rank?.p.value
    decoys = others.count
    decoyMean = others.isEmpty ? nil : others.reduce(0, +) / Double(others.count)
    decoyLargest = others.max()
  }

  private enum CodingKeys: String, CodingKey {
    case amplitude, pairs, t, decoys
    case deltaP = "delta_p"
    case markedMean = "marked_mean"
    case pT = "p_t"
    case pWilcoxon = "p_wilcoxon"
    case pDecoy = "p_decoy"
    case decoyMean = "decoy_mean"
    case decoyLargest = "decoy_largest"
  }
}
