import Foundation
import Glibc
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

/// Intake: files that stand still are looked at, copied and handed to the pipeline, one after the other.
extension Inbox {
  func takeIn() async {
    while !stop.isRaised {
      while !stop.isRaised, let file = ready.first {
        ready.removeFirst()
        await takeIn(file)
        discoveryBell.ring()
      }
      heartbeats.rest(.intake)
      await intakeBell.wait(atMost: .seconds(5))
    }
  }

  private func takeIn(_ file: InboxFile) async {
    reading = file.path
    defer { reading = nil }
    do {
      // A look that began before the last file was taken may still have listed it.
      let stamp = try await Blocking.run { () throws(FileError) in try file.currentStamp() }
      guard stamp == file.stamp else {
        changed.insert(file.path)
        return
      }
      if let input = try await intake.claim(on: file) {
        // Not a second drop: what is left of the first one, which the pipeline goes on trying to remove.
        notes[file.path] = "has been taken (\(input)) and cannot be removed for now"
        return
      }
      if let reason = try await unfitness(of: file) {
        table.leave(file)
        note(file, reason)
        return
      }
      let drop = try await copy(file)
      try await withCopy(of: drop) {
        let contradiction = file.hasDigest ? try await self.contradiction(of: drop) : nil
        if contradiction != nil, !table.hasSettled(file, at: system.steady()) {
          table.contradict(file)
          notes[file.path] = "its .sha256 file says otherwise; waiting for it to settle"
          return false
        }
        switch try await intake.accept(drop, refusal: contradiction) {
        case .filed:
          notes[file.path] = nil
          return true
        case .duplicate(let holder, let input):
          try await answer(drop, duplicateOf: holder, input)
          notes[file.path] = nil
          return false
        }
      }
    } catch is CancellationError {
      return
    } catch let error as FileError where error == .changed(path: file.path) {
      changed.insert(file.path)
      return  // discovery sees the change and waits for it to settle
    } catch FileError.failed(_, file.path, ENOENT) {
      return  // gone again
    } catch FileError.failed(_, file.path, EACCES) {
      postpone(file, "the daemon may not read it: its group must (chmod g+r), and the inbox must give files its group")
    } catch {
      postpone(file, "\(error)")
    }
  }

  private func postpone(_ file: InboxFile, _ reason: String) {
    let jobs = configuration.current.jobs
    _ = table.postpone(file, at: system.steady(), first: jobs.retryFirst, longest: jobs.retryLongest)
    note(file, reason)
  }

  private func note(_ file: InboxFile, _ reason: String) {
    if notes.updateValue(reason, forKey: file.path) != reason {
      logger.error("a file is left in the inbox: \(reason)", metadata: ["file": "\(file.path)"])
    }
  }

  /// Why a file that stands still is not to be taken as it is; nil if it is.
  ///
  /// - Throws: `InboxError` for what may pass without the file changing.
  private func unfitness(of file: InboxFile) async throws -> String? {
    guard configuration.current.dataset(forFile: file.name) != nil else { throw InboxError.noDatasetName }
    let (stop, heartbeats, clock) = (stop, heartbeats, system.steady)
    let isDeclared = file.isDeclaredReady || file.hasDigest
    let piece: @Sendable () throws -> Void = {
      heartbeats.beat(.intake, at: clock())
      if stop.isRaised { throw CancellationError() }
    }
    if file.kind != .file {
      return try await Blocking.run { () throws(any Error) in
        do {
          return try DroppedTree(file, piece: piece).obstacle(isDeclared: isDeclared, piece: piece)
        } catch FileError.tree(_, let fault) {
          return "\(fault)"
        }
      }
    }
    return try await Blocking.run { () throws(any Error) in
      let dropped = try DroppedFile(file.path, stamp: file.stamp)
      if dropped.isBeingWritten() == true { throw InboxError.beingWritten }
      // Whoever says that it is complete gets to hear from its job what is wrong with it.
      if isDeclared { return nil }
      if try dropped.isMostlyHoles { return "most of it has not been written: a download under way, or a sparse file" }
      guard let head = ArchiveHead(try dropped.head(ArchiveHead.bytes)) else {
        return "not recognised as an archive: drop a zip, or a tar, plain or compressed with gzip, zstd or xz"
      }
      let isMissing = try ArchiveEnd.isMissing(of: head, in: dropped, piece: piece)
      return isMissing
        ? "its end is missing: waits for the rest (an empty \(file.name).ready beside it takes it as it is)" : nil
    }
  }

  /// Copies a drop to where only the daemon writes, and takes its digest from what it copied.
  private func copy(_ file: InboxFile) async throws -> Drop {
    let arrivals = intake.places.arrivals
    let copy = arrivals + "/" + UUID().uuidString.lowercased()
    let (stop, heartbeats, clock) = (stop, heartbeats, system.steady)
    try await Blocking.run { () throws(FileError) in try Directory.make(arrivals, mode: 0o700) }
    let available = try system.filesystem(arrivals).available
    if available < file.stamp.size {
      throw InboxError.noRoom(
        "\(intake.places.settings.work) has \(SizeText.rounded(available)) free, its copy needs"
          + " \(SizeText.rounded(file.stamp.size))")
    }
    let piece: @Sendable () throws -> Void = {
      heartbeats.beat(.intake, at: clock())
      if stop.isRaised { throw CancellationError() }
    }
    let digest = try await Blocking.run { () throws(any Error) in
      file.kind == .file
        ? try DroppedFile(file.path, stamp: file.stamp).copy(to: copy) { _ in try piece() }
        : try DroppedTree(file, piece: piece).copy(to: copy, piece: piece)
    }
    return Drop(path: file.path, stamp: file.stamp, digest: digest, copy: copy, name: file.name)
  }

  /// Removes the copy of a drop unless `body` says that it has found its place, or may have.
  private func withCopy(of drop: Drop, _ body: () async throws -> Bool) async throws {
    do {
      if try await body() { return }
    } catch {
      // A commit that failed may have happened all the same: only a copy that no claim names goes.
      guard (try? await intake.isClaimed(drop)) == false else { throw error }
      try? await Blocking.run { () throws(FileError) in try Directory.remove(drop.copy) }
      throw error
    }
    try await Blocking.run { () throws(FileError) in try Directory.remove(drop.copy) }
  }

  /// What the file's own `.sha256` file has against it.
  private func contradiction(of drop: Drop) async throws -> InboxError? {
    let sidecar = Directory.parent(of: drop.path) + "/" + drop.name + InboxName.digestEnding
    let bytes = try await Blocking.run { () throws(FileError) in
      let file = try OpenFile.foreign(sidecar)
      _ = try file.stamp()
      return try file.read(4096, at: 0)
    }
    guard let expected = FileDigest.parse(bytes, about: drop.name) else {
      return .digestMismatch(path: drop.path, expected: "no SHA-256 at all", found: drop.digest)
    }
    return expected == drop.digest
      ? nil : .digestMismatch(path: drop.path, expected: expected, found: drop.digest)
  }

  /// Removes a file whose bytes are held already, which is seen to be so at this moment, and leaves a receipt.
  private func answer(_ drop: Drop, duplicateOf holder: ClaimAnswer.Holder, _ input: InputRecord) async throws {
    guard let place = input.path else { throw InboxError.notKept(holder: holder.name) }
    let (stop, heartbeats, clock, receipts) = (stop, heartbeats, system.steady, receipts)
    let isHeld = try await Blocking.run { () throws(any Error) -> Bool in
      guard let stamp = try FileStamp.of(place), stamp.inode != drop.stamp.inode || place != drop.path else {
        return false
      }
      return try FileDigest.of(place, stamp: stamp) { _ in
        heartbeats.beat(.intake, at: clock())
        if stop.isRaised { throw CancellationError() }
      } == drop.digest
    }
    guard isHeld else { throw InboxError.unverified(holder: holder.name) }
    try await Blocking.run { () throws(FileError) in
      try receipts.write(drop, holder: holder)
      let isRemoved =
        try Directory.exists(drop.copy)
        ? InboxRemoval.remove(drop.path, heldIn: drop.copy) : InboxRemoval.remove(drop.path, stamp: drop.stamp)
      guard isRemoved else { throw .changed(path: drop.path) }
    }
    logger.notice("the same bytes are held already", metadata: ["file": "\(drop.name)", "holder": "\(holder.name)"])
  }
}
