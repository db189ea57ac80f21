import CLinux
import Foundation
import GRDB
import Glibc
import Jobs
import Logging
import Testing

@testable import Service

/// The inbox with the real kernel, and a settle time so long that only what the test does makes files ready.
@Suite struct InboxTests {
  private static let never: Duration = .seconds(3000)

  private func patient() throws -> Harness {
    try Harness {
      $0.inbox.settle = Self.never
      $0.inbox.rescan = Self.never
    }
  }

  private func claims(_ life: Harness.Life, _ count: Int) async throws -> Bool {
    try await eventually { try await life.ledger.reports(limit: 100).filter { $0.kind == .release }.count == count }
  }

  @Test func aSettledFileIsTaken() async throws {
    let harness = try Harness { $0.inbox.rescan = Self.never }
    try await harness.serve { life in
      #expect(try await eventually { life.isReady.isRaised })
      try harness.root.write("archive", to: "inbox/a.tar")
      #expect(try await self.claims(life, 1))
    }
  }

  @Test func whatLayThereBeforeTheStartIsTaken() async throws {
    let harness = try Harness { $0.inbox.rescan = Self.never }
    try harness.root.write("archive", to: "inbox/a.tar")
    try await harness.serve { (life: Harness.Life) async throws in
      #expect(try await self.claims(life, 1))
    }
  }

  @Test func aReadyFileCutsTheWaitShort() async throws {
    let harness = try patient()
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await eventually { await life.inbox.report().files.map(\.name) == ["a.tar"] })
      #expect(await life.inbox.report().files.first?.state == .arriving)
      try harness.root.write("", to: "inbox/a.tar.ready")
      #expect(try await self.claims(life, 1))
      #expect(try await eventually { contents(of: harness.inbox).isEmpty })
    }
  }

  @Test func aMatchingDigestCutsTheWaitShort() async throws {
    let harness = try patient()
    try await harness.serve { life in
      try harness.drop("a.tar")
      try harness.root.write(FileDigest.of(Array("archive".utf8)) + "  a.tar\n", to: "inbox/a.tar.sha256")
      #expect(try await self.claims(life, 1))
      #expect(try await eventually { contents(of: harness.inbox).isEmpty })
    }
  }

  @Test func aDigestThatStaysWrongIsRefused() async throws {
    let harness = try Harness()
    try await harness.serve { life in
      try harness.root.write(FileDigest.of(Array("another".utf8)), to: "inbox/a.tar.sha256")
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 1))
      #expect(try await life.ledger.report(1).failure?.code == "digest-mismatch")
      #expect(try await eventually { exists(harness.service.failed + "/1/a.tar") })
      #expect(contents(of: harness.service.failed + "/1") == ["REASON.json", "REASON.txt", "a.tar"])
      #expect(text(at: harness.service.failed + "/1/REASON.txt")?.hasPrefix("a.tar: its SHA-256 is ") == true)
    }
    #expect(harness.executor.specs.isEmpty)
  }

  @Test func aDigestMayBecomeRightWhileTheUploadGoesOn() async throws {
    let harness = try patient()
    try await harness.serve { life in
      try harness.root.write(FileDigest.of(Array("archive".utf8)), to: "inbox/a.tar.sha256")
      try harness.root.write("arch", to: "inbox/a.tar")
      #expect(try await eventually { await life.inbox.report().files.first?.note != nil })
      try harness.root.write("archive", to: "inbox/a.tar")
      #expect(try await self.claims(life, 1))
    }
  }

  @Test func aMovedInDirectoryIsLookedThrough() async throws {
    let harness = try Harness { $0.inbox.rescan = Self.never }
    try harness.root.write("one", to: "elsewhere/deep/a.tar")
    try harness.root.write("two", to: "elsewhere/b.tar")
    try await harness.serve { life in
      #expect(try await eventually { life.isReady.isRaised })
      try FileManager.default.moveItem(atPath: harness.root.path + "/elsewhere", toPath: harness.inbox + "/batch")
      #expect(try await self.claims(life, 2))
      // Once known, it is watched like the inbox itself.
      try harness.root.write("three", to: "inbox/batch/deep/c.tar")
      #expect(try await self.claims(life, 3))
    }
  }

  @Test func hiddenFilesUploadsAndLinksAreLeftAlone() async throws {
    let harness = try Harness()
    let outside = try harness.root.write("secret", to: "outside.tar")
    try await harness.serve { life in
      for name in [".a.tar", "b.tar.part", "c.partial1", "d.filepart", "e.tmp"] {
        try harness.root.write(name, to: "inbox/\(name)")
      }
      try FileManager.default.createSymbolicLink(atPath: harness.inbox + "/link.tar", withDestinationPath: outside)
      mkfifo(harness.inbox + "/fifo", 0o600)
      try harness.drop("last.tar")
      #expect(try await life.reaches(.done, 1))
      let report = await life.inbox.report()
      #expect(report.files.map(\.name) == ["fifo", "link.tar"])
      #expect(report.files.allSatisfy { $0.state == .blocked && $0.note != nil })
    }
    #expect(contents(of: harness.inbox).count == 7)
    #expect(exists(outside))
  }

  @Test func namesThatCannotBeUsedAreShownAndLeft() async throws {
    let harness = try Harness()
    try await harness.serve { life in
      try harness.root.write("x", to: "inbox/new\nline.tar")
      try harness.root.write("x", to: "inbox/数据.tar")
      #expect(try await eventually { await life.inbox.report().files.count { $0.state == .blocked } == 2 })
    }
    #expect(contents(of: harness.inbox).count == 2)
  }

  @Test func theSameBytesGetAReceipt() async throws {
    let harness = try Harness()
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      try harness.drop("b.tar")
      let receipt = harness.inbox + "/b.tar.duplicate-of-release-a-1"
      #expect(try await eventually { exists(receipt) && !exists(harness.inbox + "/b.tar") })
      #expect(try #require(text(at: receipt)).hasPrefix("duplicate of release-a-1\nsha256 "))
      #expect(try await life.ledger.reports(limit: 10).count == 2)
      #expect(try await eventually { await life.inbox.report().files.map(\.state) == [.duplicate] })
      let report = await life.inbox.report()
      #expect(report.count == 0 && report.files.map(\.name) == ["b.tar"])
      #expect(try #require(report.files[0].note).hasPrefix("not taken, release-a-1 has the same bytes; remove b.tar."))
      try FileManager.default.removeItem(atPath: receipt)
      #expect(try await eventually { await life.inbox.report().files.isEmpty })
    }
  }

  /// A second mark on what was released would leave its budget.
  @Test func aReleaseIsRefusedAndKept() async throws {
    let harness = try Harness()
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      let digest = FileDigest.of(Array("what was released".utf8))
      try await life.ledger.write { db in
        try db.execute(sql: "UPDATE release SET archiveDigest = ?", arguments: [digest])
      }
      try harness.root.write("what was released", to: "inbox/other.tar")
      #expect(try await life.reaches(.failed, 3))
      #expect(try await life.ledger.report(3).failure?.code == "already-released")
      #expect(try await eventually { text(at: harness.service.failed + "/3/other.tar") == "what was released" })
      #expect(
        try #require(text(at: harness.service.failed + "/3/REASON.txt")).contains("is the archive of release-a-1"))
    }
  }

  @Test func theSameBytesUnderADigestThatIsNotTheirsAreRefused() async throws {
    let harness = try Harness()
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      try harness.root.write(FileDigest.of(Array("another".utf8)), to: "inbox/b.tar.sha256")
      try harness.drop("b.tar")
      #expect(try await life.reaches(.failed, 3))
      #expect(try await life.ledger.report(3).failure?.code == "digest-mismatch")
      #expect(try await eventually { exists(harness.service.failed + "/3/b.tar") })
    }
    #expect(contents(of: harness.inbox).isEmpty)
  }

  @Test func theSameBytesGetAReceiptWhileTheyAreWorkedOn() async throws {
    let harness = try Harness(executor: FakeExecutor { await FakeExecutor.untilStopped($0) })
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.running, 2))
      try harness.drop("b.tar")
      #expect(try await eventually { exists(harness.inbox + "/b.tar.duplicate-of-job-1") })
    }
  }

  @Test func bytesThatFailedMayBeDroppedAgain() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in FakeExecutor.failed(.refused) })
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 1))
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 3))
      #expect(try await eventually { exists(harness.service.failed + "/3/a.tar") })
      // Both are kept; only one of them can be worked on at a time.
      #expect(exists(harness.service.failed + "/1/a.tar"))
    }
  }

  @Test func anInboxThatComesBackIsWatchedAgain() async throws {
    let harness = try Harness { $0.inbox.rescan = .milliseconds(200) }
    try await harness.serve { life in
      #expect(try await eventually { life.isReady.isRaised })
      try FileManager.default.removeItem(atPath: harness.inbox)
      #expect(try await eventually { await life.inbox.report().reason != nil })
      try harness.root.write("archive", to: "inbox/a.tar")
      #expect(try await self.claims(life, 1))
      #expect(await life.inbox.report().reason == nil)
    }
  }

  @Test func aRemoteFilesystemIsPolled() async throws {
    var world = World()
    world.filesystem = { _ in Filesystem(available: .max, device: 1, remoteKind: "NFS") }
    let harness = try Harness(world: world) {
      $0.inbox.rescan = Self.never
      $0.inbox.poll = .milliseconds(100)
    }
    try await harness.serve { life in
      #expect(try await eventually { life.isReady.isRaised })
      #expect(await life.inbox.mode == .polling("NFS reports no changes"))
      try harness.drop("a.tar")
      #expect(try await self.claims(life, 1))
    }
  }

  @Test func everyKindOfArrivalRings() async throws {
    let root = try TemporaryDirectory()
    try root.write("x", to: "elsewhere/moved")
    try FileManager.default.createDirectory(atPath: root.path + "/in", withIntermediateDirectories: false)
    let doorbell = Doorbell()
    let watch = try InboxWatch(doorbell: doorbell, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try watch.watch([root.path + "/in", root.path + "/gone already"])
    try root.write("x", to: "in/written")
    #expect(await doorbell.wait(atMost: .seconds(60)))
    try FileManager.default.moveItem(atPath: root.path + "/elsewhere/moved", toPath: root.path + "/in/moved")
    #expect(await doorbell.wait(atMost: .seconds(60)))
    try FileManager.default.createDirectory(atPath: root.path + "/in/made", withIntermediateDirectories: false)
    #expect(await doorbell.wait(atMost: .seconds(60)))
    try FileManager.default.removeItem(atPath: root.path + "/in")
    #expect(await doorbell.wait(atMost: .seconds(60)))
    withExtendedLifetime(watch) {}
  }

  @Test func droppedEventsAreSaid() throws {
    let root = try TemporaryDirectory()
    let descriptor = clinux_inotify_open()
    #expect(descriptor >= 0)
    defer { close(descriptor) }
    #expect(clinux_inotify_watch(descriptor, root.path) > 0)
    #expect(clinux_inotify_drain(descriptor) == 0)
    // Two names in turn, because the kernel merges equal events in a row; more than its queue may hold.
    let limit = Int(try #require(text(at: "/proc/sys/fs/inotify/max_queued_events")).dropLast()) ?? 0
    try #require(limit > 0 && limit <= 1 << 20)
    let paths = ["a", "b"].map { root.path + "/" + $0 }
    for index in 0...limit {
      let file = open(paths[index % 2], O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
      close(file)
    }
    #expect(clinux_inotify_drain(descriptor) & Int32(CLINUX_INOTIFY_OVERFLOW.rawValue) != 0)
  }
}
