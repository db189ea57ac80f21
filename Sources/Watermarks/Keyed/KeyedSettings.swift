/// How keyed marks are made: the content of a generator's `keyed` (FORMATS.md, "Network files").
/// - Source: METHODS §7
package struct KeyedSettings: Codable, Sendable, Equatable {
  package var form: CarrierForm
  /// Multiples of ε at which verification images carry the mark. They are never published.
  package var amplitude: Int
  /// Which samples to mark; nil for samples drawn by lot.
  package var hardest: HardestSamples?

  package init(form: CarrierForm, amplitude: Int, hardest: HardestSamples? = nil) {
    self.form = form
    self.amplitude = amplitude
    self.hardest = hardest
  }
}
