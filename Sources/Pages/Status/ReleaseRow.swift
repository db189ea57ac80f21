/// A release in a list.
package struct ReleaseRow: Sendable {
  package var name: String
  package var dataset: String
  package var samples: Int
  package var markedSamples: Int
  /// Seconds since 1970.
  package var made: Int
  /// How its qualification ended, or that there is none.
  package var qualification: Mark

  package init(
    name: String, dataset: String, samples: Int, markedSamples: Int, made: Int, qualification: Mark
  ) {
    self.name = name
    self.dataset = dataset
    self.samples = samples
    self.markedSamples = markedSamples
    self.made = made
    self.qualification = qualification
  }

  static func table(_ releases: [ReleaseRow]) -> Markup {
    Table(
      columns: [
        .init(name: "Release"), .init(name: "Dataset"), .init(name: "Qualification", isKept: true),
        .init(name: "Marked", isNumber: true), .init(name: "Samples", isNumber: true),
        .init(name: "Made", isKept: true),
      ],
      rows: releases.map { release in
        .cells([
          Link(release.name, to: ["releases", release.name]).markup, "\(release.dataset)",
          release.qualification.markup, "\(Figures.count(release.markedSamples))", "\(Figures.count(release.samples))",
          Times.markup(release.made),
        ])
      }
    ).markup
  }
}
