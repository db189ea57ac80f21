import Foundation
import Glibc
import Jobs
package import Logging
package import ServiceConfiguration
package import ServiceFoundation
import ServiceLifecycle

/// Watches the inbox and hands complete files to the intake.
///
/// Two loops: discovery never waits for anything but the directory; intake reads and takes one file after the other.
package actor Inbox: Service {
  let configuration: ConfigurationBox
  let intake: IntakeStage
  let system: HostSystem
  let heartbeats: Heartbeats
  let logger: Logger
  private let onFirstScan: @Sendable () -> Void
  let discoveryBell = Doorbell()
  let intakeBell = Doorbell()
  let stop = StopFlag()

  var table = SettleTable()
  var ready: [InboxFile] = []
  private(set) var scan = InboxScan()
  /// What was found in directories.
  private var trees: TreeLooks
  var reading: String?
  /// What went wrong with files that are still there.
  var notes: [String: String] = [:]
  private(set) var mode = InboxWatch.Mode.polling("starting")
  private var hasScanned = false
  /// Directories that intake has found to be others than the last look has.
  var changed: Set<String> = []
  private(set) var answered: [Receipts.Receipt] = []

  package init(
    configuration: ConfigurationBox, intake: IntakeStage, system: HostSystem, heartbeats: Heartbeats, logger: Logger,
    onFirstScan: @escaping @Sendable () -> Void
  ) {
    self.configuration = configuration
    self.intake = intake
    self.system = system
    self.heartbeats = heartbeats
    self.logger = logger
    self.onFirstScan = onFirstScan
    let clock = system.steady
    trees = TreeLooks(settle: configuration.current.inbox.settle.milliseconds, clock: clock) { [stop] in
      heartbeats.beat(.discovery, at: clock())
      if stop.isRaised { throw CancellationError() }
    }
  }

  var directory: String { configuration.current.service.inbox }
  var receipts: Receipts { Receipts(directory: configuration.current.service.receipts) }
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
      heartbeats.beat(.discovery, at: system.steady())
      guard isRung || system.steady() >= nextLook else {
        isRung = await discoveryBell.wait(atMost: .milliseconds(min(5000, max(10, nextLook - system.steady()))))
        continue
      }
      // Whatever kept the kernel from telling may be over: an inbox is polled only for as long as it must be.
      if watch == nil { watch = startWatching() }
      do {
        let (directory, receipts, now, earlier) = (directory, receipts, system.now(), trees.continued(settle: settle))
        let found = try await Blocking.run { () throws(any Error) in
          var trees = earlier
          let scan = try InboxScan.of(directory, trees: &trees)
          return (scan: scan, trees: trees, receipts: try receipts.list(now: now))
        }
        do {
          try watch?.watch([directory])
        } catch {
          watch = nil
          poll(error.text)
        }
        answered = found.receipts
        trees = found.trees
        for path in changed { trees.forget(path) }
        changed = []
        take(found.scan)
      } catch is CancellationError {
        break
      } catch {
        if notes.updateValue("\(error)", forKey: directory) != "\(error)" {
          logger.error("the inbox cannot be looked at: \(error)")
        }
      }
      nextLook = system.steady() + pause
      isRung = false
      // A flood of events is answered by a look now and then, not by one look each.
      try? await Task.sleep(for: .milliseconds(20))
    }
    heartbeats.rest(.discovery)
  }

  private func startWatching() -> InboxWatch? {
    do {
      if let kind = try system.filesystem(directory).remoteKind {
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
    if let due = table.nextDue(at: system.steady()) {
      pause = min(pause, max(10, due))
      // A look into a directory sees what has changed in it since the last one, which nothing reports.
      if scan.files.contains(where: { $0.kind != .file }) { pause = min(pause, max(10, settle / 3)) }
    }
    return pause
  }

  private func take(_ found: InboxScan) {
    scan = found
    ready = table.observe(found.files, at: system.steady(), settle: settle).filter { $0.path != reading }
    let present = Set(found.files.map(\.path))
    notes = notes.filter { present.contains($0.key) }
    if !ready.isEmpty { intakeBell.ring() }
    if !hasScanned {
      hasScanned = true
      onFirstScan()
    }
  }
}
