import Foundation
import Jobs

extension JobFailure {
  /// The same with the file at `path` called by its name alone: a reason outlasts the place where a file was worked on.
  func naming(_ path: String?) -> JobFailure {
    guard let path else { return self }
    let name = Directory.name(of: path)
    var failure = self
    failure.message = message.replacingOccurrences(of: path, with: name)
    if file == path { failure.file = name }
    return failure
  }
}

extension JobPlaces {
  /// Where an input lies for as long as its job is not over; nil for one that stays where it is.
  func passingPlace(of input: InputRecord) -> String? {
    guard let path = input.path, isOutside(path) || ServiceSettings.isInside(path, settings.work) else { return nil }
    return path
  }
}
