import Foundation
import Foundations
import Inbox
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

extension InputMover {
  /// Ends a job without a result: its reason is written, the ledger told, the input put beside the reason. A `training` whose
  /// process found the reason ends with it.
  ///
  /// - Throws: a transient error with nothing changed but the reason's files.
  func reject(
    _ job: JobRecord, _ change: JobChange, _ failure: JobFailure, training: Int64? = nil, end: AttemptEnd?
  ) async throws {
    guard let id = job.id else { preconditionFailure("a job in the ledger has an id") }
    let places = places
    let input = try await context.insist { try await ledger.input(job.input) }
    let failure = failure.naming(places.passingPlace(of: input))
    // The training job reads what belongs to a release; a void input is nowhere.
    let ownsInput = job.kind == .release && input.state == .held
    do {
      try await write(failure, for: id)
    } catch let error as any DaemonError {
      // The ledger has the reason too; a full disk, however, is waited for.
      if error.isTransient { throw error }
      logger.error("a reason cannot be written: \(error)", metadata: ["job": "\(id)"])
    }
    if job.kind == .qualify, let number = job.release {
      let release = try await context.insist { try await ledger.release(number) }
      if release.state == .waiting {
        try await releases.explain(.inconclusive, [failure.message], of: release.name, hasReport: false)
      }
    }
    let now = system.now()
    try await context.insist {
      try await ledger.reject(
        id, change, failure: failure, destination: ownsInput ? places.rejected(id, name: input.name) : nil,
        training: training, end: end, now: now)
    }
    await Blocking.run {
      for name in ["job.log", "job.log.1"] {
        let log = places.work(training ?? id) + "/" + name
        _ = try? FileBoundary.call("set the mode of", log) { chmod(log, JobPlaces.reasonMode) }
        _ = try? FileBoundary.call("move", log) { rename(log, places.failed(id) + "/" + name) }
      }
    }
    logger.log(
      level: change == .cancel ? .notice : .error, "over without a result: \(failure.message)",
      metadata: ["job": "\(id)", "code": "\(failure.code)"])
    await settle()
    await housekeeping.tidy()
    context.doorbell.ring()
  }

  func write(_ failure: JobFailure, for id: Int64) async throws {
    let directory = places.failed(id)
    let document = try CanonicalJSON.document(failure)
    let line = failure.message.split(whereSeparator: \.isNewline).joined(separator: " ")
    try await Blocking.run { () throws(FileError) in
      try Directory.make(directory, mode: 0o750)
      try FileMove.write(document, to: directory + "/REASON.json", mode: JobPlaces.reasonMode)
      try FileMove.write(Array((line + "\n").utf8), to: directory + "/REASON.txt", mode: JobPlaces.reasonMode)
    }
  }
}
