package import Datasets
import Foundation
import Foundations
import Networks
import Watermarks
import Work

extension NetworkDefinition {
  /// - Throws: `WorkError.otherShape` if a classifier was made for other images or another number of classes; `malformed`
  ///   for a network that is no classifier.
  func check(fits survey: DatasetSurvey, file: String) throws {
    guard classes > 0 else { throw WorkError.malformed(path: file, reason: "a generator's network, no classifier") }
    guard input == survey.shape, classes == survey.classNames.count else {
      throw WorkError.otherShape(
        file: file, expects: "\(input.channels)×\(input.height)×\(input.width) images of \(classes) classes",
        archive: survey.file, found: "\(survey.shape) images of \(survey.classNames.count) classes")
    }
  }

  /// The same, and the classes are the archive's in the archive's order, where the file names them: answers are read by
  /// their places.
  package func check(answersFor survey: DatasetSurvey, file: String) throws {
    try check(fits: survey, file: file)
    guard let text = try Model.metadata(of: file)["classes"],
      let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8)), names != survey.classNames
    else { return }
    throw WorkError.otherShape(
      file: file, expects: "the classes \(names.joined(separator: ", "))", archive: survey.file,
      found: survey.classNames.joined(separator: ", "))
  }
}
