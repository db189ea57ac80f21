/// The family that carriers are drawn from: sums of a few gratings of secret direction, period and colour.
///
/// A grating is the texture that a convolutional network picks up first, whatever its place: crops only shift its phase.
/// - Source: METHODS §7; docs/experiments.md, "Choosing the keyed mark"
package struct CarrierForm: Codable, Sendable, Equatable {
  /// Gratings of one carrier, 1 to 4.
  package var gratings: Int
  /// The shortest and the longest period, pixels.
  package var shortestPeriod: Double
  package var longestPeriod: Double

  package init(gratings: Int = 1, shortestPeriod: Double = 2.5, longestPeriod: Double = 7) {
    precondition((1...Self.mostGratings).contains(gratings), "a carrier has one to four gratings")
    precondition(shortestPeriod > 2 && longestPeriod >= shortestPeriod, "a period is more than two pixels")
    self.gratings = gratings
    self.shortestPeriod = shortestPeriod
    self.longestPeriod = longestPeriod
  }

  /// Whether a form that was read from a file keeps the rules of `init`.
  var isValid: Bool {
    (1...Self.mostGratings).contains(gratings) && shortestPeriod > 2 && longestPeriod >= shortestPeriod
      && longestPeriod.isFinite
  }

  package static let mostGratings = 4
  /// Words of 64 random bits that draw one grating.
  static let wordsPerGrating = 3
  /// Random words that draw a whole carrier.
  package var words: Int { gratings * Self.wordsPerGrating }
}
