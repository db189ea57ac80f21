import Datasets
import Evidence
import Foundations
import Watermarks

/// Which samples of an archive a release may mark, and which of them it does: a function of what the release commits to.
///
/// Samples whose pixels the archive has twice are left out beforehand: beside a marked one its clean copy, or another mark on
/// it, would show the mark. Every set of the others is as likely as it was.
struct MarkedChoice {
  /// What the watermark may mark, ascending.
  let candidates: [Int]
  /// Those of them that are not to be marked, ascending.
  let leftOut: [Int]
  private let watermark: any Watermark

  /// - Parameter survey: of the archive before marking.
  init(_ watermark: any Watermark, in survey: DatasetSurvey) {
    self.watermark = watermark
    candidates = watermark.candidates(in: survey)
    let known = Set(candidates)
    leftOut = survey.repeated.filter(known.contains)
  }

  /// - Parameter leftOut: indices of samples that are not to be marked, as the release's record has them.
  /// - Returns: indices, ascending.
  func indices(_ statement: ReleaseStatement, leftOut: [Int]) -> [Int] {
    let leftOut = Set(leftOut)
    return watermark.choice(
      of: statement.markedSamples, from: candidates.filter { !leftOut.contains($0) }, source: statement.source,
      secret: statement.secret)
  }
}
