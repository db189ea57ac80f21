import Foundation
package import Jobs
package import Ledger
import ServiceConfiguration
import ServiceFoundation

extension JobFailure {
  /// The same with the file at `path` called by its name alone: a reason outlasts the place where a file was worked on.
  package func naming(_ path: String?) -> JobFailure {
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
  package func passingPlace(of input: InputRecord) -> String? {
    guard let path = input.path, isOutside(path) || ServiceSettings.isInside(path, settings.work) else { return nil }
    return path
  }
}

extension DaemonError {
  /// As a job's reason.
  package func failure(stage: String) -> JobFailure {
    let (code, file): (String, String?) =
      switch self as any Error {
      case LedgerError.inputMissing(let path): ("input-missing", path)
      case FileError.changed(let path): ("input-changed", path)
      case InboxError.digestMismatch(let path, _, _): ("digest-mismatch", path)
      case InboxError.alreadyReleased(let path, _): ("already-released", path)
      case FileError.failed(_, let path, _): ("file", path)
      default: ("daemon", nil)
      }
    let isInput = ["input-missing", "input-changed", "digest-mismatch", "already-released"].contains(code)
    return JobFailure(
      kind: isInput ? .refused : .failed, code: code, stage: stage, message: description, file: file)
  }
}
