import Datasets
import Jobs
import Training
import Work

extension QualificationSettings {
  /// Learners that a dataset's images are too small for, and who judges in their stead.
  struct Fitting: Equatable {
    var leftOut: [Learner]
    var standIn: Learner?
  }

  /// Leaves out learners that cannot take images so small: VGG halves five times, which digits of 28×28 do not bear. Where
  /// that leaves one architecture alone, a small wide ResNet stands in.
  /// - Throws: `WorkError.noLearner` if nobody is left.
  mutating func fit(to survey: DatasetSurvey) throws -> Fitting {
    let leftOut = try learners.filter { try !$0.fits(survey) }
    guard leftOut.count < learners.count else { throw WorkError.noLearner(archive: survey.file, leftOut) }
    learners.removeAll(where: leftOut.contains)
    let standIn = Learner(architecture: "wrn-10-1", width: 16)
    guard !leftOut.isEmpty, Set(learners.map(\.architecture)).count == 1,
      learners[0].architecture != standIn.architecture, try standIn.fits(survey)
    else { return Fitting(leftOut: leftOut, standIn: nil) }
    learners.append(standIn)
    return Fitting(leftOut: leftOut, standIn: standIn)
  }
}
