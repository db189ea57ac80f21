import Foundation
import Glibc
import Jobs
import Logging
import ServiceLifecycle
import Synchronization

/// Watches the inbox and hands complete files to the pipeline.
///
/// Two loops: discovery never waits for anything but the directory; intake reads and takes one file after the other.
actor Inbox: Service {
  private let configuration: ConfigurationBox
  private let pipeline: Pipeline
  private let world: World
  private let pulse: Pulse
  private let logger: Logger
  private let onFirstScan: @Sendable () -> Void
  private let discoveryBell = Doorbell()
  private let intakeBell = Doorbell()
  private let stop = StopFlag()

  private var table = SettleTable()
  private var ready: [InboxFile] = []
  private var scan = InboxScan()
  private var reading: String?
  /// What went wrong with files that are still there.
  private var notes: [String: String] = [:]
  private(set) var mode = InboxWatch.Mode.polling("starting")
  private var hasScanned = false
  private var answered: [Receipts.Receipt] = []

  init(
    configuration: ConfigurationBox, pipeline: Pipeline, world: World, pulse: Pulse, logger: Logger,
    onFirstScan: @escaping @Sendable () -> Void
  ) {
    self.configuration = configuration
    self.pipeline = pipeline
    self.world = world
    self.pulse = pulse
    self.logger = logger
    self.onFirstScan = onFirstScan
  }

  private var directory: String { configuration.current.service.inbox }
  private var receipts: Receipts { Receipts(directory: configuration.current.service.receipts) }
  private var settle: Int { configuration.current.inbox.settle.milliseconds }

  func run() async throws {
    await withGracefulShutdownHandler {
      await withTaskCancellationHandler {
        await withDiscardingTaskGroup { group in
          group.addTask { await self.discover() }
          group.addTask { await self.takeIn() }
        }
      } onCancel: {
        end()
      }
    } onGracefulShutdown: {
      self.end()
    }
  }

  private nonisolated func end() {
    stop.raise()
    discoveryBell.ring()
    intakeBell.ring()
  }

  // MARK: Discovery

  private func discover() async {
    var watch: InboxWatch?
    var nextLook = 0
    var isRung = true
    while !stop.isRaised {
      pulse.beat(.discovery, at: world.steady())
      guard isRung || world.steady() >= nextLook else {
        isRung = await discoveryBell.wait(atMost: .milliseconds(min(5000, max(10, nextLook - world.steady()))))
        continue
      }
      // Whatever kept the kernel from telling may be over: an inbox is polled only for as long as it must be.
      if watch == nil { watch = startWatching() }
      do {
        let (directory, receipts, now) = (directory, receipts, world.now())
        let found = try await Blocking.run { () throws(ServiceError) in
          (scan: try InboxScan.of(directory), receipts: try receipts.list(now: now))
        }
        do {
          try watch?.watch([directory])
        } catch {
          watch = nil
          poll(error.text)
        }
        answered = found.receipts
        take(found.scan)
      } catch {
        if notes.updateValue(error.description, forKey: directory) != error.description {
          logger.error("the inbox cannot be looked at: \(error)")
        }
      }
      nextLook = world.steady() + pause
      isRung = false
      // A flood of events is answered by a look now and then, not by one look each.
      try? await Task.sleep(for: .milliseconds(20))
    }
    pulse.rest(.discovery)
  }

  private func startWatching() -> InboxWatch? {
    do {
      if let kind = try world.filesystem(directory).remoteKind {
        poll("\(kind) reports no changes")
        return nil
      }
      let watch = try InboxWatch(doorbell: discoveryBell, logger: logger)
      // What came before the watch was not reported; the look that follows sees it.
      try watch.watch([directory])
      if hasScanned, mode != .inotify { logger.notice("the inbox is watched again") }
      mode = .inotify
      return watch
    } catch let error as PollingReason {
      poll(error.text)
    } catch {
      poll("\(error)")
    }
    return nil
  }

  private func poll(_ reason: String) {
    if mode != .polling(reason) { logger.notice("the inbox is polled: \(reason)") }
    mode = .polling(reason)
  }

  /// Milliseconds to the next look if nothing is reported before.
  private var pause: Int {
    let inbox = configuration.current.inbox
    var pause = inbox.rescan.milliseconds
    if mode != .inotify { pause = min(pause, inbox.poll.milliseconds) }
    if let due = table.nextDue(at: world.steady()) { pause = min(pause, max(10, due)) }
    return pause
  }

  private func take(_ found: InboxScan) {
    scan = found
    ready = table.observe(found.files, at: world.steady(), settle: settle).filter { $0.path != reading }
    let present = Set(found.files.map(\.path))
    notes = notes.filter { present.contains($0.key) }
    if !ready.isEmpty { intakeBell.ring() }
    if !hasScanned {
      hasScanned = true
      onFirstScan()
    }
  }

  // MARK: Intake

  private func takeIn() async {
    while !stop.isRaised {
      while !stop.isRaised, let file = ready.first {
        ready.removeFirst()
        await takeIn(file)
        discoveryBell.ring()
      }
      pulse.rest(.intake)
      await intakeBell.wait(atMost: .seconds(5))
    }
  }

  private func takeIn(_ file: InboxFile) async {
    reading = file.path
    defer { reading = nil }
    do {
      // A look that began before the last file was taken may still have listed it.
      let stamp = try await Blocking.run { () throws(ServiceError) in try FileStamp.of(file.path) }
      guard stamp == file.stamp else { return }
      if let input = try await pipeline.claim(on: file) {
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
        if contradiction != nil, !table.hasSettled(file, at: world.steady()) {
          table.contradict(file)
          notes[file.path] = "its .sha256 file says otherwise; waiting for it to settle"
          return false
        }
        switch try await pipeline.accept(drop, refusal: contradiction) {
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
    } catch let error as ServiceError where error == .inputChanged(path: file.path) {
      return  // discovery sees the change and waits for it to settle
    } catch let error as InboxRefusal {
      postpone(file, error.text)
    } catch ServiceError.file(_, file.path, ENOENT) {
      return  // gone again
    } catch ServiceError.file(_, file.path, EACCES) {
      postpone(file, "the daemon may not read it: its group must (chmod g+r), and the inbox must give files its group")
    } catch {
      postpone(file, "\(error)")
    }
  }

  private func postpone(_ file: InboxFile, _ reason: String) {
    let jobs = configuration.current.jobs
    _ = table.postpone(file, at: world.steady(), first: jobs.retryFirst, longest: jobs.retryLongest)
    note(file, reason)
  }

  private func note(_ file: InboxFile, _ reason: String) {
    if notes.updateValue(reason, forKey: file.path) != reason {
      logger.error("a file is left in the inbox: \(reason)", metadata: ["file": "\(file.path)"])
    }
  }

  /// Why a file that stands still is not to be taken as it is; nil if it is.
  ///
  /// - Throws: `InboxRefusal` for what may pass without the file changing.
  private func unfitness(of file: InboxFile) async throws -> String? {
    guard configuration.current.dataset(forFile: file.name) != nil else { throw InboxRefusal.noDatasetName }
    let (stop, pulse, clock) = (stop, pulse, world.steady)
    let isDeclared = file.isDeclaredReady || file.hasDigest
    return try await Blocking.run { () throws(any Error) in
      let dropped = try DroppedFile(file.path, stamp: file.stamp)
      if dropped.isBeingWritten == true { throw InboxRefusal.beingWritten }
      // Whoever says that it is complete gets to hear from its job what is wrong with it.
      if isDeclared { return nil }
      if try dropped.isMostlyHoles { return "most of it has not been written: a download under way, or a sparse file" }
      guard let head = ArchiveHead(try dropped.head(ArchiveHead.bytes)) else {
        return "not recognised as an archive: drop a tar, plain or compressed with gzip, zstd or xz"
      }
      let isMissing = try ArchiveEnd.isMissing(of: head, in: dropped) {
        pulse.beat(.intake, at: clock())
        if stop.isRaised { throw CancellationError() }
      }
      return isMissing
        ? "its end is missing: waits for the rest (an empty \(file.name).ready beside it takes it as it is)" : nil
    }
  }

  /// Copies a dropped file to where only the daemon writes, and takes its digest from what it copied.
  private func copy(_ file: InboxFile) async throws -> Drop {
    let arrivals = pipeline.places.arrivals
    let copy = arrivals + "/" + UUID().uuidString.lowercased()
    let (stop, pulse, clock) = (stop, pulse, world.steady)
    try await Blocking.run { () throws(ServiceError) in try Directory.make(arrivals, mode: 0o700) }
    let available = try world.filesystem(arrivals).available
    if available < file.stamp.size {
      throw InboxRefusal.noRoom(
        "\(pipeline.places.settings.work) has \(SizeText.rounded(available)) free, its copy needs"
          + " \(SizeText.rounded(file.stamp.size))")
    }
    let digest = try await Blocking.run { () throws(any Error) in
      try DroppedFile(file.path, stamp: file.stamp).copy(to: copy) { _ in
        pulse.beat(.intake, at: clock())
        if stop.isRaised { throw CancellationError() }
      }
    }
    return Drop(path: file.path, stamp: file.stamp, digest: digest, copy: copy)
  }

  /// Removes the copy of a drop unless `body` says that it has found its place, or may have.
  private func withCopy(of drop: Drop, _ body: () async throws -> Bool) async throws {
    do {
      if try await body() { return }
    } catch {
      // A commit that failed may have happened all the same: only a copy that no claim names goes.
      guard (try? await pipeline.isClaimed(drop)) == false else { throw error }
      try? await Blocking.run { () throws(ServiceError) in try FileMove.remove(drop.copy) }
      throw error
    }
    try await Blocking.run { () throws(ServiceError) in try FileMove.remove(drop.copy) }
  }

  /// What the file's own `.sha256` file has against it.
  private func contradiction(of drop: Drop) async throws -> ServiceError? {
    let sidecar = drop.path + InboxName.digestEnding
    let bytes = try await Blocking.run { () throws(ServiceError) in
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
  private func answer(_ drop: Drop, duplicateOf holder: String, _ input: InputRecord) async throws {
    guard let place = input.path else { throw InboxRefusal.notKept(holder: holder) }
    let (stop, pulse, clock, receipts) = (stop, pulse, world.steady, receipts)
    let isHeld = try await Blocking.run { () throws(any Error) -> Bool in
      guard let stamp = try FileStamp.of(place), stamp.inode != drop.stamp.inode || place != drop.path else {
        return false
      }
      return try FileDigest.of(place, stamp: stamp) { _ in
        pulse.beat(.intake, at: clock())
        if stop.isRaised { throw CancellationError() }
      } == drop.digest
    }
    guard isHeld else { throw InboxRefusal.unverified(holder: holder) }
    try await Blocking.run { () throws(ServiceError) in
      try receipts.write(drop, holder: holder)
      guard try InboxRemoval.remove(drop.path, stamp: drop.stamp) else { throw .inputChanged(path: drop.path) }
    }
    logger.notice("the same bytes are held already", metadata: ["file": "\(drop.name)", "holder": "\(holder)"])
  }

  // MARK: Status

  /// What lies in the inbox, at most `limit` files.
  func report(limit: Int = 100) -> InboxReport {
    var files = scan.files.map { file in
      let isReading = reading == file.path
      return InboxReport.File(
        name: relative(file.path), bytes: file.stamp.size,
        state: isReading ? .reading : notes[file.path] != nil ? .blocked : .arriving, note: notes[file.path])
    }
    files += scan.blocked.sorted { $0.key < $1.key }.map {
      InboxReport.File(name: relative($0.key), bytes: nil, state: .blocked, note: $0.value)
    }
    // There is nothing left to take: receipts are shown for as long as they lie there.
    let count = files.count
    files += answered.map { receipt in
      InboxReport.File(
        name: receipt.file, bytes: nil, state: .duplicate,
        note: "not taken, \(receipt.holder) has the same bytes (\(receipt.path))")
    }
    var reason: String?
    if case .polling(let text) = mode { reason = text }
    return InboxReport(
      directory: directory, watching: mode.word, reason: notes[directory] ?? reason, count: count,
      files: Array(files.prefix(limit)))
  }

  private func relative(_ path: String) -> String {
    path.hasPrefix(directory + "/") ? String(path.dropFirst(directory.count + 1)) : path
  }
}

/// Why a file cannot be taken for now.
enum InboxRefusal: Error {
  case noDatasetName
  case beingWritten
  case noRoom(String)
  /// Its bytes are those of a release whose archive is not kept.
  case notKept(holder: String)
  /// The ledger has the same bytes, and the file that should hold them does not.
  case unverified(holder: String)

  var text: String {
    switch self {
    case .noDatasetName: "its name gives no dataset name: rename it, or add a [[dataset]] with a matching pattern"
    case .beingWritten: "somebody has it open for writing"
    case .noRoom(let text): text
    case .notKept(let holder): "\(holder) was made of the same bytes: nothing is to be done with it, remove it"
    case .unverified(let holder):
      "\(holder) should have the same bytes, but its file cannot be found or holds others: left here until that is settled"
    }
  }
}

/// Raised once, by whoever ends the service.
final class StopFlag: Sendable {
  private let flag = Mutex(false)

  func raise() {
    flag.withLock { $0 = true }
  }

  var isRaised: Bool { flag.withLock { $0 } }
}
