import Datasets
import Evidence
import Watermarks

/// Which samples of an archive a release marks: the hardest, if the generator ranked them in this very archive, or those
/// that the committed coins draw. Either way a function of what the release commits to.
enum MarkedChoice {
  /// - Returns: indices, ascending.
  static func indices(
    _ statement: ReleaseStatement, generator: Generator, survey: DatasetSurvey
  ) -> [Int] {
    let candidates = survey.indices(in: .train, label: statement.targetClass)
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
