import Foundation
import Foundations
import Inbox
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

extension Pipeline {
  /// Takes up where the last daemon left off. Called once, before anything else runs.
  func recover() async throws {
    for id in try await ledger.interruptAll(now: world.now()) {
      logger.notice("was running when the daemon ended, runs again", metadata: ["job": "\(id)"])
    }
    await clearTheInbox()
    await settleReleases()
    await settleInputs()
    await tidy()
  }

  /// Undoes what a kill left half done in the inbox and beside it: files under the hidden name that they had for a moment
  /// get their own back, and copies that no claim names go.
  private func clearTheInbox() async {
    let places = places
    do {
      let claimed = Set(try await ledger.unsettledInputs().compactMap(\.path))
      try await Blocking.run { () throws(ServiceError) in
        for hidden in try InboxScan.of(places.settings.inbox).taken { try InboxRemoval.restore(hidden) }
        guard try Directory.exists(places.arrivals) else { return }
        for name in try Directory.names(in: places.arrivals) where !claimed.contains(places.arrivals + "/" + name) {
          try FileMove.remove(places.arrivals + "/" + name)
        }
      }
    } catch {
      logger.warning("could not tidy up: \(error)")
    }
  }

  /// Puts every input where the ledger wants it. What cannot be moved now stays as it is and is tried again.
  func settleInputs() async {
    let inputs: [InputRecord]
    do {
      inputs = try await ledger.unsettledInputs()
    } catch {
      logger.error("the ledger cannot be read: \(error)")
      return
    }
    var hasMoved = false
    for input in inputs {
      guard let id = input.id, moving.insert(id).inserted else { continue }
      do {
        try await settle(input)
        stuck[id] = nil
        hasMoved = true
      } catch {
        if stuck.updateValue("\(error)", forKey: id) != "\(error)" {
          logger.error("an input cannot be moved, trying again: \(error)")
        }
      }
      moving.remove(id)
    }
    // Whoever ended the job may have tidied while the input was still on its way.
    if hasMoved { await tidy() }
  }

  private func settle(_ input: InputRecord) async throws {
    if !input.isSettled, try await !move(input) { return }
    guard let source = input.source else { return }
    // What was dropped may go once the daemon's own copy is seen to be there.
    if let place = input.destination {
      let copy = try await Blocking.run { () throws(ServiceError) in try FileStamp.of(place) }
      guard copy?.hasContent(of: input.stamp) == true else {
        return try await lose(input, ServiceError.inputMissing(path: place))
      }
    }
    do {
      _ = try await Blocking.run { () throws(ServiceError) in
        try InboxRemoval.remove(source, stamp: input.stamp)
      }
    } catch {
      throw LeftInInbox(name: input.name, cause: error)
    }
    try await ledger.forgetSource(of: input)
  }

  private struct LeftInInbox: Error, CustomStringConvertible {
    var name: String
    var cause: any Error

    var description: String { "\(name) has been taken and still lies in the inbox: \(cause)" }
  }

  /// Brings an input to where it belongs; false if it was given up instead.
  private func move(_ input: InputRecord) async throws -> Bool {
    guard let path = input.path else { return true }
    let places = places
    // Versions before this one claimed the dropped file itself. It is still there, and is taken up anew.
    if places.isOutside(path) {
      try await lose(input, ServiceError.inputMissing(path: path))
      return false
    }
    guard let destination = input.destination else {
      try await Blocking.run { () throws(ServiceError) in try FileMove.remove(path) }
      try await ledger.settle(input)
      return true
    }
    if input.state == .rejected, let job = try await ledger.endedReleases(of: input.id.inserted).first,
      let id = job.id, let failure = job.lastFailure
    {
      // A refused drop, or a power cut between the two: no input lies there without its reason.
      let reason = places.failed(id) + "/REASON.json"
      let isTold = try await Blocking.run { () throws(ServiceError) in try FileStamp.of(reason) != nil }
      if !isTold { try await write(failure, for: id) }
    }
    let isThere = try await Blocking.run { () throws(ServiceError) -> Bool in
      if try FileStamp.of(destination) != nil {
        // Moved before the ledger could be told. A copy's source may still be there.
        if try FileStamp.of(path)?.hasContent(of: input.stamp) == true { try FileMove.remove(path) }
      } else if try FileStamp.of(path) != nil {
        try FileMove.move(path, to: destination, digest: input.digest)
      } else {
        return false
      }
      if ServiceSettings.isInside(path, places.settings.failed) {
        // A retried job: its reason is history, which the ledger keeps.
        try Directory.remove(Directory.parent(of: path))
      }
      return true
    }
    if isThere {
      try await ledger.settle(input)
    } else {
      try await lose(input, ServiceError.inputMissing(path: path))
    }
    doorbell.ring()
    return isThere
  }

  /// The ledger gives up an input; jobs that need it end with the reason.
  ///
  /// While the dropped file is still in the inbox that is no failure: it is taken up again.
  private func lose(_ input: InputRecord, _ error: ServiceError) async throws {
    logger.warning("\(error)")
    let isDrop = input.source != nil || input.path.map(places.isOutside) == true
    let isHeld = input.state == .held
    let failure = error.failure(stage: "claim").naming(places.passingPlace(of: input))
    var input = input
    input.state = .void
    input.path = nil
    input.destination = nil
    input.source = nil
    try await ledger.update(input)
    guard isHeld else { return }
    for job in try await ledger.snapshot().active where job.input == input.id && job.word != .running {
      try await reject(job, isDrop ? .cancel : .fail, failure, end: nil)
    }
  }

  /// Ends a job without a result: its reason is written, the ledger told, the input put beside the reason. A `training` whose
  /// process found the reason ends with it.
  ///
  /// - Throws: a transient error with nothing changed but the reason's files.
  func reject(
    _ job: JobRecord, _ change: JobChange, _ failure: JobFailure, training: Int64? = nil, end: AttemptEnd?
  ) async throws {
    guard let id = job.id else { preconditionFailure("a job in the ledger has an id") }
    let places = places
    let input = try await insist { try await ledger.input(job.input) }
    let failure = failure.naming(places.passingPlace(of: input))
    // The training job reads what belongs to a release; a void input is nowhere.
    let ownsInput = job.kind == .release && input.state == .held
    do {
      try await write(failure, for: id)
    } catch let error as ServiceError {
      // The ledger has the reason too; a full disk, however, is waited for.
      if error.isTransient { throw error }
      logger.error("a reason cannot be written: \(error)", metadata: ["job": "\(id)"])
    }
    if job.kind == .qualify, let number = job.release {
      let release = try await insist { try await ledger.release(number) }
      if release.state == .waiting {
        try await explain(.inconclusive, [failure.message], of: release.name, hasReport: false)
      }
    }
    let now = world.now()
    try await insist {
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
    await settleInputs()
    await tidy()
    doorbell.ring()
  }

  private func write(_ failure: JobFailure, for id: Int64) async throws {
    let directory = places.failed(id)
    let document = try CanonicalJSON.document(failure)
    let line = failure.message.split(whereSeparator: \.isNewline).joined(separator: " ")
    try await Blocking.run { () throws(ServiceError) in
      try Directory.make(directory, mode: 0o750)
      try FileMove.write(document, to: directory + "/REASON.json", mode: JobPlaces.reasonMode)
      try FileMove.write(Array((line + "\n").utf8), to: directory + "/REASON.txt", mode: JobPlaces.reasonMode)
    }
  }

  /// Removes the work and staging directories of jobs that are over.
  func tidy() async {
    do {
      try await exclusively {
        let places = places
        let busy = try await ledger.placesInUse()
        try await Blocking.run { () throws(ServiceError) in
          for directory in [places.settings.work] + places.stagings where try Directory.exists(directory) {
            for name in try Directory.names(in: directory) {
              guard let id = Int64(name), busy.known.contains(id), !busy.active.contains(id) else { continue }
              if try !places.holdsInput(id) { try Directory.remove(directory + "/" + name) }
            }
          }
        }
      }
    } catch {
      logger.warning("could not tidy up: \(error)")
    }
  }

  /// Runs `body` while nobody else tidies or brings a job back: what is removed must stay over.
  func exclusively<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    while isHousekeeping { try await Task.sleep(for: .milliseconds(5)) }
    isHousekeeping = true
    defer { isHousekeeping = false }
    return try await body()
  }
}

extension JobPlaces {
  /// Whether a file of somebody's lies in a job's work directory; half a copy is nobody's. Blocks.
  fileprivate func holdsInput(_ job: Int64) throws(ServiceError) -> Bool {
    let directory = work(job) + "/input"
    guard try Directory.exists(directory) else { return false }
    return try Directory.names(in: directory).contains { !$0.hasPrefix(".incoming-") }
  }
}
