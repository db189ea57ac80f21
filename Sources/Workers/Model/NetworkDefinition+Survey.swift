import Datasets
import NeuralNet
import Watermarks

extension NetworkDefinition {
  /// - Throws: `WorkError.otherShape` if a classifier was made for other images or another number of classes.
  func check(fits survey: DatasetSurvey, file: String) throws {
    guard input == .init(survey.shape), classes == survey.classNames.count else {
      throw WorkError.otherShape(
        file: file, expects: "\(input.channels)×\(input.height)×\(input.width) images of \(classes) classes",
        archive: survey.file, found: "\(survey.shape) images of \(survey.classNames.count) classes")
    }
  }
}
