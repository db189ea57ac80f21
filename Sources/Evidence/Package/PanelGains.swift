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
