import CLinux
import Foundation
import Foundations
import GRDB
import Glibc
import Jobs
import Logging
import Testing

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

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
      try harness.root.write(archive(), to: "inbox/a.tar")
      #expect(try await self.claims(life, 1))
    }
  }

  @Test func whatLayThereBeforeTheStartIsTaken() async throws {
    let harness = try Harness { $0.inbox.rescan = Self.never }
    try harness.root.write(archive(), to: "inbox/a.tar")
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
      try harness.root.write(HexDigest(of: Array(archive().utf8)).description + "  a.tar\n", to: "inbox/a.tar.sha256")
      #expect(try await self.claims(life, 1))
      #expect(try await eventually { contents(of: harness.inbox).isEmpty })
    }
  }

  @Test func aDigestThatStaysWrongIsRefused() async throws {
    let harness = try Harness()
    try await harness.serve { life in
      try harness.root.write(HexDigest(of: Array("another".utf8)).description, to: "inbox/a.tar.sha256")
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
      try harness.root.write(HexDigest(of: Array(archive().utf8)).description, to: "inbox/a.tar.sha256")
      try harness.root.write(archive("arch"), to: "inbox/a.tar")
      #expect(try await eventually { await life.inbox.report().files.first?.note != nil })
      try harness.root.write(archive(), to: "inbox/a.tar")
      #expect(try await self.claims(life, 1))
    }
  }

  /// 24 pictures in class folders became 48 failed jobs.
  @Test func aDroppedFolderIsOneDrop() async throws {
    let harness = try Harness()
    for name in ["cats/1.png", "cats/2.png", "dogs/deep/3.png", "a.tar"] {
      try harness.root.write(archive(name), to: "elsewhere/\(name)")
    }
    try await harness.serve { life in
      #expect(try await eventually { life.isReady.isRaised })
      try FileManager.default.moveItem(atPath: harness.root.path + "/elsewhere", toPath: harness.inbox + "/pets")
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { contents(of: harness.inbox).isEmpty })
      #expect(try await life.ledger.reports(limit: 10).filter { $0.kind == .release }.count == 1)
      #expect(try await eventually { contents(of: harness.service.originals + "/pets").count == 1 })
    }
    let kept = harness.service.originals + "/pets/" + contents(of: harness.service.originals + "/pets")[0]
    #expect(kept.hasSuffix("-pets") && contents(of: kept) == ["a.tar", "cats", "dogs"])
    #expect(text(at: kept + "/dogs/deep/3.png") == archive("dogs/deep/3.png"))
  }

  @Test func whatIsNoArchiveStaysWhereItIs() async throws {
    let harness = try Harness()
    let names = ["notes.txt", "picture.png", "empty.tar", "zeros.tar", "SHA256SUMS", "Thumbs.db", "a.tar.crdownload"]
    try await harness.serve { life in
      try harness.root.write("read me", to: "inbox/notes.txt")
      try harness.root.write("\u{1}PNG", to: "inbox/picture.png")
      try harness.root.write("", to: "inbox/empty.tar")
      try harness.root.write(String(repeating: "\0", count: 20_000), to: "inbox/zeros.tar")
      for name in names.suffix(3) { try harness.root.write(archive(name), to: "inbox/\(name)") }
      try harness.drop("last.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(
        try await eventually { await life.inbox.report().files.count { $0.state == .blocked && $0.note != nil } == 4 })
      #expect(try await life.ledger.reports(limit: 10).count == 2)
    }
    #expect(contents(of: harness.inbox) == names.sorted())
    #expect(contents(of: harness.service.failed).isEmpty)
  }

  /// A writer that paused for 8 s lost its file to `failed` in pieces.
  @Test func anUploadThatPausesIsNotTakenInPieces() async throws {
    let harness = try Harness { $0.inbox.settle = .milliseconds(50) }
    let whole = archive(String(repeating: "content ", count: 200))
    let bytes = Array(whole.utf8)
    try await harness.serve { life in
      let path = harness.inbox + "/a.tar"
      for part in [0..<512, 512..<1024, 1024..<bytes.count - 1024] {
        do {
          let file = try OpenFile(path, O_WRONLY | O_CREAT | O_APPEND)
          try file.write(bytes[part])
        }
        #expect(
          try await eventually { await life.inbox.report().files.first?.note?.contains("its end is missing") == true })
      }
      #expect(try await life.ledger.reports(limit: 10).isEmpty)
      do {
        let file = try OpenFile(path, O_WRONLY | O_APPEND)
        try file.write(bytes[(bytes.count - 1024)...])
      }
      #expect(try await life.reaches(.done, 1))
    }
    #expect(contents(of: harness.service.originals + "/a").count == 1)
    #expect(contents(of: harness.service.failed).isEmpty)
  }

  @Test func aFileThatIsOpenForWritingIsNotTaken() async throws {
    let harness = try Harness()
    try await harness.serve { life in
      let path = try harness.root.write(archive(), to: "inbox/.a.tar")
      do {
        let writer = try OpenFile(path, O_WRONLY)
        try FileMove.rename(path, to: harness.inbox + "/a.tar")
        // Also where somebody says that it is complete.
        try harness.root.write("", to: "inbox/a.tar.ready")
        #expect(
          try await eventually { await life.inbox.report().files.first?.note == "somebody has it open for writing" })
        #expect(try await life.ledger.reports(limit: 10).isEmpty)
        _ = try writer.stamp()
      }
      #expect(try await life.reaches(.done, 1))
    }
  }

  @Test func aDeclaredPieceFailsAndIsRetriedOnceItIsWhole() async throws {
    let executor = FakeExecutor { run in
      guard let spec = run.spec.work as? TrainSpec, text(at: spec.archive) != archive() else {
        return await FakeExecutor.succeed(run)
      }
      return FakeExecutor.failed(.refused)
    }
    let harness = try Harness(executor: executor)
    try await harness.serve { life in
      try harness.root.write("", to: "inbox/a.tar.ready")
      try harness.root.write(String(archive().prefix(600)), to: "inbox/a.tar")
      #expect(try await life.reaches(.failed, 1))
      let place = harness.service.failed + "/1/a.tar"
      #expect(try await eventually { exists(place) })
      try FileManager.default.removeItem(atPath: place)
      try harness.root.write(archive(), to: "failed/1/a.tar")
      _ = try await life.pipeline.requests.retry("1")
      #expect(try await life.reaches(.done, 1))
    }
    #expect(contents(of: harness.service.originals + "/a").count == 1)
  }

  @Test func aSparseFileIsNotReadThrough() async throws {
    let harness = try Harness()
    try await harness.serve { life in
      // A tar whose one member has 20 GB, of which nothing was written.
      let head = archive("x").utf8.prefix(512)
      let path = harness.inbox + "/.sparse"
      do {
        let file = try OpenFile(path, O_WRONLY | O_CREAT)
        try file.write(Array(head)[...])
        try FileBoundary.call("size", path) { ftruncate(file.descriptor, 20 << 30) }
      }
      try FileMove.rename(path, to: harness.inbox + "/a.tar")
      try harness.drop("b.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { await life.inbox.report().files.first?.note?.contains("sparse") == true })
      #expect(try await life.ledger.report(1).dataset == "b")
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
      try harness.root.write(archive("x"), to: "inbox/new\nline.tar")
      try harness.root.write(archive("x"), to: "inbox/数据.tar")
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
      let receipt = harness.service.receipts + "/b.tar.duplicate-of-release-a-1"
      #expect(try await eventually { exists(receipt) && contents(of: harness.inbox).isEmpty })
      #expect(mode(of: receipt) == 0o640 && mode(of: harness.service.receipts) == 0o750)
      #expect(try #require(text(at: receipt)).hasPrefix("duplicate of release-a-1\nfile b.tar"))
      #expect(try await life.ledger.reports(limit: 10).count == 2)
      #expect(try await eventually { await life.inbox.report().files.map(\.state) == [.duplicate] })
      let report = await life.inbox.report()
      #expect(report.count == 0 && report.files.map(\.name) == ["b.tar"])
      #expect(try #require(report.files[0].note).hasPrefix("not taken, release-a-1 has the same bytes ("))
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
      let digest = HexDigest(of: Array(archive("what was released").utf8)).description
      try await life.ledger.write { db in
        try db.execute(sql: "UPDATE release SET archiveDigest = ?", arguments: [digest])
      }
      try harness.root.write(archive("what was released"), to: "inbox/other.tar")
      #expect(try await life.reaches(.failed, 3))
      #expect(try await life.ledger.report(3).failure?.code == "already-released")
      #expect(
        try await eventually { text(at: harness.service.failed + "/3/other.tar") == archive("what was released") })
      #expect(
        try #require(text(at: harness.service.failed + "/3/REASON.txt")).contains("is the archive of release-a-1"))
    }
  }

  @Test func theSameBytesUnderADigestThatIsNotTheirsAreRefused() async throws {
    let harness = try Harness()
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      try harness.root.write(HexDigest(of: Array("another".utf8)).description, to: "inbox/b.tar.sha256")
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
      #expect(try await eventually { exists(harness.service.receipts + "/b.tar.duplicate-of-job-1") })
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
      try harness.root.write(archive(), to: "inbox/a.tar")
      #expect(try await self.claims(life, 1))
      #expect(await life.inbox.report().reason == nil)
    }
  }

  /// Polling never went back to watching.
  @Test func anInboxIsWatchedAgainOnceItCanBe() async throws {
    let isRemote = StopFlag()
    var system = HostSystem()
    system.filesystem = { _ in Filesystem(available: .max, device: 1, remoteKind: isRemote.isRaised ? nil : "NFS") }
    let harness = try Harness(system: system) {
      $0.inbox.rescan = .milliseconds(100)
      $0.inbox.poll = .milliseconds(100)
    }
    try await harness.serve { (life: Harness.Life) async throws in
      #expect(
        try await eventually { await life.inbox.mode == .polling("NFS reports no changes") && life.isReady.isRaised })
      isRemote.raise()
      #expect(try await eventually { await life.inbox.mode == .inotify })
      #expect(await life.inbox.report().reason == nil)
    }
  }

  /// One directory that nobody may read turned watching into polling until a restart.
  @Test func aDirectoryThatNobodyMayReadChangesNothing() async throws {
    let harness = try Harness()
    try await harness.serve { life in
      #expect(mkdir(harness.inbox + "/locked", 0) == 0)
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(await life.inbox.mode == .inotify)
    }
  }

  @Test func aRemoteFilesystemIsPolled() async throws {
    var system = HostSystem()
    system.filesystem = { _ in Filesystem(available: .max, device: 1, remoteKind: "NFS") }
    let harness = try Harness(system: system) {
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
