/// ΔP of each reference model on the images of a plan's complete rounds, as an evidence package carries it.
package struct PanelGains: Codable, Sendable, Equatable {
  package static let currentFormat = "dandyroll-panel-gains/1"

  package var format = Self.currentFormat
  package var kind: ScoreKind
  /// For each of the key's carriers the images, as indices in the plan's `samples`; and the gains on them.
  package var images: [[Int]]
  package var deltaP: [Double]

  package init(kind: ScoreKind, images: [[Int]], deltaP: [Double]) {
    self.kind = kind
    self.images = images
    self.deltaP = deltaP
  }
}

extension PanelGains {
  /// - Throws: `DecodingError`, also for a gain that no mean of differences of probabilities has.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    format = try container.decodeFormat(Self.currentFormat, forKey: .format)
    kind = try container.decode(ScoreKind.self, forKey: .kind)
    images = try container.decode([[Int]].self, forKey: .images)
    guard images.joined().allSatisfy((0...DocumentBounds.whole).contains) else {
      throw DecodingError.dataCorruptedError(
        forKey: .images, in: container, debugDescription: "an image is an index in the plan's samples")
    }
    // Up to the rounding of a sum.
    deltaP = try container.decode(each: -1 - 1e-9...1 + 1e-9, forKey: .deltaP)
  }
}
