package import Datasets
import Foundations
import Networks
import Watermarks
import Work

extension Generator {
  /// An archive as the generator's networks see its samples: where they are of many sizes, or it learned from scaled ones,
  /// scaled.
  /// - Throws: `WorkError.otherShape` unless it was made for images and classes like the archive's.
  package func seeing(_ survey: DatasetSurvey, file: String) throws -> DatasetSurvey {
    guard classes == survey.classNames, let seen = survey.seen(as: input, resized: content.isResized) else {
      throw WorkError.otherShape(
        file: file, expects: "\(input.channels)×\(input.height)×\(input.width) images of \(classes.count) classes",
        archive: survey.file,
        found: "\(survey.geometry) images of \(survey.classNames.count) classes"
          + (classes.count == survey.classNames.count ? " with other names" : ""))
    }
    return seen
  }

  /// - Throws: `WorkError.otherShape` unless its networks see an archive's samples as others do: at one size.
  package func check(sees survey: DatasetSurvey, file: String) throws {
    guard try seeing(survey, file: file).shape == survey.shape else {
      throw WorkError.otherShape(
        file: file, expects: "images that are seen at \(input)", archive: survey.file,
        found: "a model that sees them at \(survey.shape); --training-size says at what size one learns")
    }
  }
}
