package import Datasets
import Foundation
import Foundations
import Networks
import Watermarks
import Work

extension NetworkDefinition {
  /// An archive as a classifier sees its samples: where they are of many sizes, or it learned from scaled ones, scaled.
  /// - Throws: `WorkError.otherShape` if it was made for other images or another number of classes; `malformed` for a
  ///   network that is no classifier.
  func seeing(_ survey: DatasetSurvey, file: String) throws -> DatasetSurvey {
    guard classes > 0 else { throw WorkError.malformed(path: file, reason: "a generator's network, no classifier") }
    let isResized = try Model.metadata(of: file)[Self.resizedKey] != nil
    guard classes == survey.classNames.count, let seen = survey.seen(as: input, resized: isResized) else {
      throw WorkError.otherShape(
        file: file, expects: "\(input.channels)×\(input.height)×\(input.width) images of \(classes) classes",
        archive: survey.file, found: "\(survey.geometry) images of \(survey.classNames.count) classes")
    }
    return seen
  }

  /// The entry of a model's metadata that says that it learned from images that were scaled though all were of one size.
  package static let resizedKey = "resized"

  /// The same, and the classes are the archive's in the archive's order, where the file names them: answers are read by
  /// their places.
  package func answering(for survey: DatasetSurvey, file: String) throws -> DatasetSurvey {
    let seen = try seeing(survey, file: file)
    guard let text = try Model.metadata(of: file)["classes"],
      let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8)), names != survey.classNames
    else { return seen }
    throw WorkError.otherShape(
      file: file, expects: "the classes \(names.joined(separator: ", "))", archive: survey.file,
      found: survey.classNames.joined(separator: ", "))
  }
}
