import Datasets
import Evidence
import Foundations
import Watermarks

/// Which samples of an archive a release marks: the hardest, if the generator ranked them in this very archive, or those
/// that the committed coins draw. Either way a function of what the release commits to.
///
/// Samples whose pixels the archive has twice are left out beforehand: beside a marked one its clean copy, or another mark on
/// it, would show the mark. Every set of the others is as likely as it was.
enum MarkedChoice {
  /// Training samples of a class that are not to be marked, ascending.
  /// - Parameter survey: of the archive before marking.
  static func leftOut(of targetClass: Int, in survey: DatasetSurvey) -> [Int] {
    survey.repeated.filter { Int(survey.labels[$0]) == targetClass && survey.splits[$0] == .train }
  }

  /// - Parameter leftOut: indices of samples that are not to be marked.
  /// - Returns: indices, ascending.
  static func indices(
    _ statement: ReleaseStatement, generator: Generator, survey: DatasetSurvey, leftOut: [Int]
  ) -> [Int] {
    let leftOut = Set(leftOut)
    let candidates = survey.indices(in: .train, label: statement.targetClass).filter { !leftOut.contains($0) }
    if let hardest = generator.description.keyed?.hardest, hardest.archive == statement.source.description {
      let known = Set(candidates)
      let ranked = hardest.indices.filter { known.contains($0) }
      // A surrogate may have learned from a part of the samples only; the rest follows in order.
      let rest = known.subtracting(ranked).sorted()
      return (ranked + rest).prefix(statement.markedSamples).sorted()
    }
    return Coins(drawing: statement.markedSamples, from: candidates, with: statement.secret).marked
  }
}
