import Foundation
import Foundations
import Inbox
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

/// Brings every input to where the ledger wants it, and ends the jobs whose input is gone.
actor InputMover {
  let context: PipelineContext
  let releases: ReleaseMover
  let housekeeping: Housekeeping
  /// Inputs that are being moved, and why others cannot be for now.
  private var moving: Set<Int64> = []
  private(set) var stuck: [Int64: String] = [:]

  init(_ context: PipelineContext, releases: ReleaseMover, housekeeping: Housekeeping) {
    self.context = context
    self.releases = releases
    self.housekeeping = housekeeping
  }

  var ledger: Ledger { context.ledger }
  var places: JobPlaces { context.places }
  var system: HostSystem { context.system }
  var logger: Logger { context.logger }

  /// Undoes what a kill left half done in the inbox and beside it: files under the hidden name that they had for a moment
  /// get their own back, and copies that no claim names go.
  func clearTheInbox() async {
    let places = places
    do {
      let claimed = Set(try await ledger.unsettledInputs().compactMap(\.path))
      try await Blocking.run { () throws(FileError) in
        for hidden in try InboxScan.taken(in: places.settings.inbox) { try InboxRemoval.restore(hidden) }
        guard try Directory.exists(places.arrivals) else { return }
        for name in try Directory.names(in: places.arrivals) where !claimed.contains(places.arrivals + "/" + name) {
          try Directory.remove(places.arrivals + "/" + name)
        }
      }
    } catch {
      logger.warning("could not tidy up: \(error)")
    }
  }

  /// Puts every input where the ledger wants it. What cannot be moved now stays as it is and is tried again.
  func settle() async {
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
    if hasMoved { await housekeeping.tidy() }
  }

  private func settle(_ input: InputRecord) async throws {
    // What was dropped as a directory is taken out by what its copy holds, so the copy does not go before it.
    if let source = input.source, input.destination == nil, let path = input.path,
      try await Blocking.run({ () throws(FileError) in try Directory.exists(path) })
    {
      try await takeOut(input, from: source, heldIn: path)
    }
    if !input.isSettled, try await !move(input) { return }
    guard let source = input.source else { return }
    // What was dropped may go once the daemon's own copy is seen to be there.
    if let place = input.destination {
      let copy = try await Blocking.run { () throws(FileError) in try FileStamp.of(place) }
      guard copy?.hasContent(of: input.stamp) == true else {
        return try await lose(input, .inputMissing(path: place))
      }
    }
    try await takeOut(input, from: source, heldIn: input.destination)
    try await ledger.forgetSource(of: input)
  }

  /// Removes what was dropped from the inbox.
  private func takeOut(_ input: InputRecord, from source: String, heldIn copy: String?) async throws {
    do {
      _ = try await Blocking.run { () throws(FileError) in
        if let copy, try Directory.exists(copy) { return try InboxRemoval.remove(source, heldIn: copy) }
        return try InboxRemoval.remove(source, stamp: input.stamp)
      }
    } catch {
      throw LeftInInbox(name: input.name, cause: error)
    }
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
      try await lose(input, .inputMissing(path: path))
      return false
    }
    guard let destination = input.destination else {
      try await Blocking.run { () throws(FileError) in try Directory.remove(path) }
      try await ledger.settle(input)
      return true
    }
    if input.state == .rejected, let job = try await ledger.endedReleases(of: input.id.inserted).first,
      let id = job.id, let failure = job.lastFailure
    {
      // A refused drop, or a power cut between the two: no input lies there without its reason.
      let reason = places.failed(id) + "/REASON.json"
      let isTold = try await Blocking.run { () throws(FileError) in try FileStamp.of(reason) != nil }
      if !isTold { try await write(failure, for: id) }
    }
    let isThere = try await Blocking.run { () throws(FileError) -> Bool in
      if try FileStamp.of(destination) != nil {
        // Moved before the ledger could be told. A copy's source may still be there, a directory's in part.
        let isDirectory = try Directory.exists(destination)
        let isWhole = isDirectory ? false : try FileStamp.of(path)?.hasContent(of: input.stamp) == true
        if isDirectory || isWhole { try Directory.remove(path) }
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
      try await lose(input, .inputMissing(path: path))
    }
    context.doorbell.ring()
    return isThere
  }

  /// The ledger gives up an input; jobs that need it end with the reason.
  ///
  /// While the dropped file is still in the inbox that is no failure: it is taken up again.
  private func lose(_ input: InputRecord, _ error: LedgerError) async throws {
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
}
