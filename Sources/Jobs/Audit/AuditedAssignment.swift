/// What an audit of an assignment shows beside its rank, over the complete rounds.
package struct AuditedAssignment: Codable, Sendable, Equatable {
  /// Names of the assigned classes, that of the key's first carrier first, which the daemon keeps to itself.
  package var classes: [String]?
  /// What each class gains under each carrier, (n, c), the key's carriers first: nats, or hits of labels. Four decimals; nil
  /// without an answer.
  package var gains: [[Double?]]
  /// All assignments by their statistic, in equal bins between `least` and `largest`, and the key's own.
  package var counts: [Int]
  package var least: Double
  package var largest: Double
  package var score: Double
  /// The key's, in standard deviations from the mean of all.
  package var standardised: Double?
  /// Images that were asked about, the level of the next look, and an estimate of the images that would reach it; nil if
  /// none would.
  package var images: Int
  package var nextLevel: Double
  package var imagesNeeded: Int?

  /// Scalars of a class's name: an event is one line, and there is room for all of them.
  package static let longestName = 64

  package init(
    classes: [String], gains: [[Double?]], counts: [Int], range: ClosedRange<Double>, score: Double,
    standardised: Double?, images: Int, nextLevel: Double, imagesNeeded: Int?
  ) {
    self.classes = classes.map { String(String.UnicodeScalarView($0.unicodeScalars.prefix(Self.longestName))) }
    self.gains = gains.map { $0.map { $0.map { ($0 * 10_000).rounded() / 10_000 } } }
    self.counts = counts
    least = range.lowerBound
    largest = range.upperBound
    self.score = score
    self.standardised = standardised
    self.images = images
    self.nextLevel = nextLevel
    self.imagesNeeded = imagesNeeded
  }
}
