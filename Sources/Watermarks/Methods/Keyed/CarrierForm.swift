import Evidence

/// How many carriers a key has, and the book that they are drawn from.
///
/// The book is a grid of gratings: a network that has learned one also answers to gratings of nearly the same direction,
/// period and colour, so entries lie far enough apart to be told from each other.
/// - Source: METHODS §7; docs/experiments/keyed.md, "How near is too near"
package struct CarrierForm: Codable, Sendable, Equatable {
  /// G, carriers of a key: every marked sample shows one of them.
  package var carriers: Int
  /// Distance of neighbouring entries, and the least distance from the mean brightness, cycles a pixel.
  package var spacing: Double
  package var lowest: Double
  /// Whether a grating and its mirror image are two entries, each shown as it is. Photographs are mirrored in training, so
  /// that the two are one to a network; digits are not.
  package var hasDirections: Bool

  /// The defaults are 3 and 4.5 cycles over 32 pixels.
  package init(
    carriers: Int = 2, spacing: Double = 3.0 / 32, lowest: Double = 4.5 / 32, hasDirections: Bool = false
  ) {
    self.carriers = carriers
    self.spacing = spacing
    self.lowest = lowest
    self.hasDirections = hasDirections
    precondition(isValid, "one to four carriers from a book that is not empty")
  }

  /// Whether a form that was read from a file keeps the rules of `init`.
  package var isValid: Bool {
    DocumentBounds.keySizes.contains(carriers) && spacing >= Self.leastSpacing && spacing <= 0.25 && lowest > 0
      && lowest <= 0.4
  }

  /// Bounds the book, and with it the time to rank a key among all others.
  private static let leastSpacing = 1.0 / 64
}

extension CarrierForm {
  /// Generators from before there were directions do not name them.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    carriers = try container.decode(Int.self, forKey: .carriers)
    spacing = try container.decode(Double.self, forKey: .spacing)
    lowest = try container.decode(Double.self, forKey: .lowest)
    hasDirections = try container.decodeIfPresent(Bool.self, forKey: .hasDirections) ?? false
  }
}

extension CarrierBook {
  /// - Parameter channels: 1 or 3.
  package init(_ form: CarrierForm, channels: Int) {
    self.init(
      spacing: form.spacing, lowest: form.lowest, hasDirections: form.hasDirections, colours: Colour.allCases,
      channels: channels)
  }
}
