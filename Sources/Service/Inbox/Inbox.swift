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
    (watch, mode) = startWatching()
    if case .polling(let reason) = mode { logger.notice("the inbox is polled: \(reason)") }
    var nextLook = 0
    var isRung = true
    while !stop.isRaised {
      pulse.beat(.discovery, at: world.steady())
      guard isRung || world.steady() >= nextLook else {
        isRung = await discoveryBell.wait(atMost: .milliseconds(min(5000, max(10, nextLook - world.steady()))))
        continue
      }
      do {
        let directory = directory
        let found = try await Blocking.run { () throws(ServiceError) in try InboxScan.of(directory) }
        if let active = watch {
          do {
            let isNew = Set(found.directories) != Set(scan.directories)
            try active.watch(found.directories)
            // What came into a directory between the look and the watch was not reported.
            if isNew { discoveryBell.ring() }
          } catch {
            logger.error("the inbox is polled from now on: \(error.text)")
            (watch, mode) = (nil, .polling(error.text))
          }
        }
        take(found)
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

  private func startWatching() -> (InboxWatch?, InboxWatch.Mode) {
    do {
      if let kind = try world.filesystem(directory).remoteKind { return (nil, .polling("\(kind) reports no changes")) }
      return (try InboxWatch(doorbell: discoveryBell, logger: logger), .inotify)
    } catch let error as PollingReason {
      return (nil, .polling(error.text))
    } catch {
      return (nil, .polling("\(error)"))
    }
  }

  /// Milliseconds to the next look if nothing is reported before.
  private var pause: Int {
    let inbox = configuration.current.inbox
    var pause = inbox.rescan.milliseconds
    if mode != .inotify { pause = min(pause, inbox.poll.milliseconds) }
    if let due = table.nextDue(at: world.steady(), settle: settle) { pause = min(pause, max(10, due)) }
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
      let digest = try await digest(of: file)
      let drop = Drop(path: file.path, stamp: file.stamp, digest: digest)
      let contradiction = file.hasDigest ? try await contradiction(of: drop) : nil
      if contradiction != nil, !table.hasSettled(file, at: world.steady(), settle: settle) {
        table.contradict(file)
        notes[file.path] = "its .sha256 file says otherwise; waiting for it to settle"
        return
      }
      if case .duplicate(let holder) = try await pipeline.accept(drop, refusal: contradiction) {
        try await answer(drop, duplicateOf: holder)
      }
      notes[file.path] = nil
    } catch is CancellationError {
      return
    } catch let error as ServiceError where error == .inputChanged(path: file.path) {
      return  // discovery sees the change and waits for it to settle
    } catch let error as InboxRefusal {
      postpone(file, error.text)
    } catch ServiceError.file(_, file.path, EACCES) {
      postpone(file, "the daemon may not read it: its group must (chmod g+r), and the inbox must give files its group")
    } catch {
      postpone(file, "\(error)")
    }
  }

  private func postpone(_ file: InboxFile, _ reason: String) {
    let jobs = configuration.current.jobs
    _ = table.postpone(file, at: world.steady(), first: jobs.retryFirst, longest: jobs.retryLongest)
    if notes.updateValue(reason, forKey: file.path) != reason {
      logger.error("a file cannot be taken, trying again: \(reason)", metadata: ["file": "\(file.path)"])
    }
  }

  private func digest(of file: InboxFile) async throws -> String {
    let (stop, pulse, clock) = (stop, pulse, world.steady)
    return try await Blocking.run { () throws(any Error) in
      try FileDigest.of(file.path, stamp: file.stamp) { _ in
        pulse.beat(.intake, at: clock())
        if stop.isRaised { throw CancellationError() }
      }
    }
  }

  /// What the file's own `.sha256` file has against it.
  private func contradiction(of drop: Drop) async throws -> ServiceError? {
    let sidecar = drop.path + InboxName.digestEnding
    let bytes = try await Blocking.run { () throws(ServiceError) in
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = try OpenFile(sidecar, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).read(into: &buffer)
      return Array(buffer[..<count])
    }
    guard let expected = FileDigest.parse(bytes, about: drop.name) else {
      return .digestMismatch(path: drop.path, expected: "no SHA-256 at all", found: drop.digest)
    }
    return expected == drop.digest
      ? nil : .digestMismatch(path: drop.path, expected: expected, found: drop.digest)
  }

  /// Leaves a receipt in the place of a file whose bytes are held already.
  private func answer(_ drop: Drop, duplicateOf holder: String) async throws {
    let receipt = "duplicate of \(holder)\nsha256 \(drop.digest)\nfile \(drop.name)\n"
    try await Blocking.run { () throws(ServiceError) in
      guard try FileStamp.of(drop.path) == drop.stamp else { throw .inputChanged(path: drop.path) }
      try FileMove.write(
        Array(receipt.utf8), to: InboxName.receipt(for: drop.path, duplicateOf: holder), mode: 0o644)
      try FileMove.remove(drop.path)
      for sidecar in InboxName.sidecars(of: drop.path) { try FileMove.remove(sidecar) }
      try Directory.sync(Directory.parent(of: drop.path))
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
    // They lie there until somebody has read and removed them; there is nothing left to take.
    let count = files.count
    files += scan.receipts.sorted().compactMap { path in
      InboxName.duplicate(byReceipt: Directory.name(of: path)).map { file, holder in
        InboxReport.File(
          name: relative(Directory.parent(of: path) + "/" + file), bytes: nil, state: .duplicate,
          note: "not taken, \(holder) has the same bytes; remove \(relative(path)) once you have seen this")
      }
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

/// Why a file cannot be taken as it is.
enum InboxRefusal: Error {
  case noDatasetName

  var text: String {
    "its name gives no dataset name: rename it, or add a [[dataset]] with a matching pattern"
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
