/// How keyed marks are made: the content of a generator's `keyed` (docs/formats, "Network files").
/// - Source: METHODS §7
package struct KeyedDescription: Codable, Sendable, Equatable {
  package var form: CarrierForm
  /// Multiples of ε at which verification images carry the mark, in `DocumentBounds.amplitudes`. They are never
  /// published.
  package var amplitude: Int
  /// Whether the generator's network says how strongly each value of a released sample carries its mark; if not, all
  /// values carry all of ε.
  package var isPainted: Bool
  /// The least difference within 3×3 values where a released sample carries its mark, 1/255; nil for everywhere.
  package var leastContrast: Int?
  /// Which samples to mark; nil for samples drawn by lot.
  package var hardest: HardestSamples?

  package init(
    form: CarrierForm, amplitude: Int, isPainted: Bool = false, leastContrast: Int? = nil,
    hardest: HardestSamples? = nil
  ) {
    self.form = form
    self.amplitude = amplitude
    self.isPainted = isPainted
    self.leastContrast = leastContrast
    self.hardest = hardest
  }
}
