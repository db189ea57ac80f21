/// An exact test of differences whose signs were drawn by fair coins: had the coins fallen otherwise, each difference would
/// have the other sign and the same magnitude. So the mean is ranked among the means under all ways the coins could have
/// fallen. Large differences count for more than small ones, which the count of signs does not see.
/// - Source: METHODS §5.2; Phipson & Smyth 2010, "Permutation p-values should never be zero"
package struct SignFlips: Sendable, Equatable {
  /// Mean of the differences as they are; 0 for none.
  package let mean: Double
  package let p: PValue

  /// Ways that are gone through one by one, 2^16 of them; beyond, the own one and lots make up 10^5, which is exact too.
  private static let mostCoins = 16
  private static let lots = 100_000

  /// - Parameter differences: for the claim where positive. Zeros have no sign and change nothing.
  /// - Throws: `notFinite`.
  package init(_ differences: [Double]) throws(EvidenceError) {
    try PairedT.requireFinite(differences)
    let own = differences.reduce(0, +)
    mean = differences.isEmpty ? 0 : own / Double(differences.count)
    let values = differences.filter { $0 != 0 }
    let sum = values.reduce(0, +)
    // Sums of the same values in another order differ by rounding; equal ones count against the claim.
    let least = sum - 1e-12 * values.reduce(0) { $0 + abs($1) }
    var reached = 0
    if values.count <= Self.mostCoins {
      for ways in 0..<(1 << values.count) {
        var flipped = 0.0
        for (place, value) in values.enumerated() { flipped += ways >> place & 1 == 1 ? -value : value }
        if flipped >= least { reached += 1 }
      }
      p = PValue(Double(reached) / Double(1 << values.count))
      return
    }
    // The same lots for everybody.
    var lots = SplitMix64(state: 0)
    reached = 1
    for _ in 1..<Self.lots {
      var flipped = 0.0
      var word: UInt64 = 0
      for (place, value) in values.enumerated() {
        if place % 64 == 0 { word = lots.next() }
        flipped += word >> UInt64(place % 64) & 1 == 1 ? -value : value
      }
      if flipped >= least { reached += 1 }
    }
    p = PValue(Double(reached) / Double(Self.lots))
  }
}
