import Evidence
package import Jobs

/// Settings of the methods that mark with carriers.
/// - Source: METHODS §7
package enum CarrierSettings {
  package enum Selection: String, Sendable, CaseIterable {
    /// By lot.
    case random
    /// Those that the clean surrogate is least sure of.
    case hardest
  }

  package enum Painting: String, Sendable, CaseIterable {
    /// All of ε everywhere.
    case full
    /// As strongly as the trained network says, which hides the mark where an eye would see it.
    case learned
    /// All of ε, but only where the picture itself has contrast (`LocalContrast`).
    case contrast

    /// What limits the marks of a release where no network does (docs/formats, "Keyed marks").
    func leastContrast(hiding epsilon: Int) -> Int? { self == .contrast ? LocalContrast(hiding: epsilon).least : nil }
  }

  package static let selection = MethodSetting(
    "selection", Selection.hardest, .choice,
    "Which samples are marked: what the surrogate is least sure of (hardest), or by lot (random).",
    storedAs: "selection")
  /// - Parameter standard: each method has its own.
  package static func painting(_ standard: Painting) -> MethodSetting<Painting> {
    MethodSetting(
      "painting", standard, .choice,
      """
      All of ε everywhere (full) or where the picture has contrast of its own, for digits and the like (contrast), or as \
      a trained network says (learned).
      """,
      storedAs: "painting")
  }
  package static let amplitude = MethodSetting(
    "amplitude", 1, .integer(DocumentBounds.amplitudes),
    "Multiple of ε on verification images, which are never published.", storedAs: "amplitude")
}
