package import Datasets
import Foundations
import Networks
import Watermarks
import Work

extension Generator {
  /// - Throws: `WorkError.otherShape` unless the generator was made for images and classes like the archive's.
  package func check(fits survey: DatasetSurvey, file: String) throws {
    guard input == survey.shape, classes == survey.classNames else {
      throw WorkError.otherShape(
        file: file, expects: "\(input.channels)×\(input.height)×\(input.width) images of \(classes.count) classes",
        archive: survey.file,
        found: "\(survey.shape) images of \(survey.classNames.count) classes"
          + (classes.count == survey.classNames.count ? " with other names" : ""))
    }
  }
}
