package import Datasets
import Evidence
import Foundation
package import Foundations
import Jobs
package import Work

/// `dandyroll inspect`: what an archive holds, and how its samples look, before and after marking.
package struct Inspection: Sendable {
  private let archive: String
  private let limits: InputLimits

  package init(archive: String, limits: InputLimits) {
    self.archive = archive
    self.limits = limits
  }

  /// Surveys the archive and draws a contact sheet: one row a class for an archive alone; with a release and its vault,
  /// rows of original, marked and difference ×16 around mid grey, of large samples the middle.
  /// - Parameter png: the file that the sheet is written to; without one nothing is drawn.
  /// - Throws: `WorkError.otherSource` if the release was not made from this archive.
  package func run(
    release: (directory: String, vault: String)?, png: String?, _ context: WorkContext
  ) throws -> DatasetSurvey {
    let reporter = Reporter(context)
    var survey = try context.survey(archive, limits: limits, onProgress: reporter.bytes("survey"))
    guard let png else { return survey }
    let sheet: ContactSheet
    if let release {
      (survey, sheet) = try comparison(survey, release.directory, vault: release.vault, context)
    } else {
      sheet = try classes(survey, reporter)
    }
    try sheet.image.write(to: png)
    return survey
  }

  /// A sheet has at most 50 rows of 12 samples: with such sides it has some 30 MB, whatever the archive holds.
  private static let thumbnail = 128

  /// The first samples of each class, a row a class.
  private func classes(_ survey: DatasetSurvey, _ reporter: Reporter) throws -> ContactSheet {
    let columns = 12
    let rows = survey.classNames.indices.prefix(50).map { label in
      survey.labels.indices.lazy.filter { Int(survey.labels[$0]) == label }.prefix(columns).map { $0 }
    }
    let pictures = try survey.views(of: Set(rows.joined()), limits: limits, onProgress: reporter.bytes("read")) {
      SampleView(thumbnail: Self.thumbnail, of: $0)
    }
    return ContactSheet(channels: survey.geometry.channels, rows: rows.map { $0.compactMap { pictures[$0] } })
  }

  /// Marked samples: the original, what was released, and sixteen times their difference, three a row; and the archive as
  /// the release counts its samples.
  private func comparison(
    _ archived: DatasetSurvey, _ directory: String, vault root: String, _ context: WorkContext
  ) throws -> (DatasetSurvey, ContactSheet) {
    let reporter = Reporter(context)
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(directory)/release.json")
    let vault = Vault(root: root, release: document.name)
    guard try vault.opening(of: document).statement.source == archived.digest else {
      throw WorkError.otherSource(release: directory, archive: archive)
    }
    let survey = archived.counting(document.commitment.leaves)
    let shown = SampleSheet.chosen(24, of: try vault.marks().map(\.index))
    let released = try context.survey(
      "\(directory)/\(document.archive.path)", limits: limits, onProgress: reporter.bytes("survey")
    ).counting(document.commitment.leaves)
    try released.check(hasShapeOf: survey)
    func middles(_ survey: DatasetSurvey) throws -> [Int: SampleView.Picture] {
      try survey.views(of: Set(shown), limits: limits, onProgress: reporter.bytes("read")) {
        SampleView(middle: SampleSheet.side, of: $0)
      }
    }
    let (before, after) = (try middles(survey), try middles(released))
    let triples = shown.compactMap { index -> [SampleView.Picture]? in
      guard let original = before[index], let marked = after[index] else { return nil }
      let difference = ContactSheet.difference(original.pixels, marked.pixels, times: 16)
      return [original, marked, SampleView.Picture(shape: marked.shape, pixels: difference)]
    }
    let rows = stride(from: 0, to: triples.count, by: 3).map { first in
      Array(triples[first..<min(first + 3, triples.count)].joined())
    }
    return (survey, ContactSheet(channels: survey.geometry.channels, rows: rows))
  }
}
