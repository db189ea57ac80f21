import Datasets
import Evidence
import Foundations
import Watermarks

/// Which samples of an archive a release may mark, and what it makes of them: a function of what it commits to.
///
/// Samples whose pixels the archive has twice are left out beforehand: beside a marked one its clean copy, or another mark on
/// it, would show the mark. So are those that are nearly all transparent. Every set of the others is as likely as it was.
struct MarkedChoice {
  /// What the watermark may mark, ascending.
  let candidates: [Int]
  /// Those of them that are not to be marked, ascending.
  let leftOut: [Int]
  private let watermark: any Watermark
  private let labels: [UInt16]

  /// - Parameter survey: of the archive, before or after marking, as the watermark's generator sees it. Of images of many
  ///   sizes those that it sees enlarged are none: carriers may be finer than their pixels.
  init(_ watermark: any Watermark, in survey: DatasetSurvey) {
    self.watermark = watermark
    labels = survey.labels
    candidates = watermark.candidates(in: survey).filter(survey.hasDetail)
    let known = Set(candidates)
    leftOut = Set(survey.repeated + survey.faint).intersection(known).sorted()
  }

  /// - Parameter survey: of the archive, before or after marking; one that the generator was not made for is taken as it is.
  init(of generator: Generator, in survey: DatasetSurvey) {
    self.init(generator.watermark, in: (try? generator.seeing(survey, file: "")) ?? survey)
  }

  /// - Parameters:
  ///   - source: digest of the archive before marking.
  ///   - leftOut: indices of samples that are not to be marked, as the release's record has them.
  /// - Throws: `WatermarkError.tooFewSamples`.
  func plan(
    marking count: Int, of source: HexDigest, with secret: ReleaseSecret, leftOut: [Int]
  ) throws -> ReleasePlan {
    let leftOut = Set(leftOut)
    return try watermark.plan(
      ReleaseRequest(
        count: count, candidates: candidates.filter { !leftOut.contains($0) }, source: source,
        labels: labels, secret: secret))
  }
}
