import Evidence

/// The figures of one model under one release's key: what `qualify --json` and `queries score --json` print.
package struct EvidenceFigures: Codable, Sendable, Equatable {
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
  /// McNemar's exact test for labels, the sign test with τ for probabilities; nil without a pair.
  package let pDiscordant: Double?
  package let pDecoy: Double?
  /// k, keys that could have been drawn instead, and the carriers that they and the real one are made of.
  package let decoys: Int
  package let carriers: Int
  /// ΔP of each of the key's carriers; mean and largest ΔP of the decoy carriers.
  package let carrierDeltaP: [Double?]
  package let decoyMean: Double?
  package let decoyLargest: Double?
  /// Of an assignment what each of its classes gains under each carrier, (columns, c), nats or hits: the key's is the
  /// diagonal. Nil for other claims.
  package let matrix: [[Double?]]?

  /// - Parameter rank: the real key's among its decoys; nil without any.
  init(_ scores: KeyedScores, paired: PairedTests, rank: ExchangeableRank?, amplitude: Int) {
    let totals = scores.totals
    let others = totals.deltaP.dropFirst(totals.keySize).compactMap { $0 }
    self.amplitude = amplitude
    pairs = paired.count
    deltaP = paired.deltaP
    markedMean = scores.realScores.markedMean
    t = (try? paired.t.get())?.statistic
    pT = (try? paired.t.get())?.p.value
    pWilcoxon = (try? paired.signedRank.get())?.p.value
    pDiscordant = paired.count == 0 ? nil : paired.discordant.p.value
    pDecoy = rank?.p.value
    decoys = totals.decoys
    carriers = totals.carriers
    carrierDeltaP = Array(totals.deltaP.prefix(totals.keySize))
    decoyMean = others.isEmpty ? nil : others.reduce(0, +) / Double(others.count)
    decoyLargest = others.max()
    matrix = totals.columns > 1 ? totals.matrix : nil
  }

  private enum CodingKeys: String, CodingKey {
    case amplitude, pairs, t, decoys, carriers, matrix
    case deltaP = "delta_p"
    case carrierDeltaP = "carrier_delta_p"
    case markedMean = "marked_mean"
    case pT = "p_t"
    case pWilcoxon = "p_wilcoxon"
    case pDiscordant = "p_discordant"
    case pDecoy = "p_decoy"
    case decoyMean = "decoy_mean"
    case decoyLargest = "decoy_largest"
  }
}
