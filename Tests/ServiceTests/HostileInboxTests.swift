import Foundation
import Foundations
import Glibc
import Jobs
import Testing

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

/// Whoever may drop files tries to do more.
@Suite struct HostileInboxTests {
  /// A link with the receipt's temporary name turned the vault's opening into a receipt; a FIFO there hung intake for ever.
  @Test(arguments: [true, false])
  func aLinkOrFifoInAReceiptsPlaceDoesNothing(isLink: Bool) async throws {
    let harness = try Harness()
    let secret = try harness.root.write("opening", to: "vault/release-x-1/opening.json")
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      for name in [".b.tar.duplicate-of-release-a-1.tmp", "b.tar.duplicate-of-release-a-1"] {
        if isLink { symlink(secret, harness.inbox + "/" + name) } else { mkfifo(harness.inbox + "/" + name, 0o666) }
      }
      try harness.drop("b.tar")
      #expect(
        try await eventually { exists(harness.service.receipts + "/b.tar.duplicate-of-release-a-1") })
      #expect(try await eventually { !exists(harness.inbox + "/b.tar") })
    }
    #expect(text(at: secret) == "opening")
  }

  /// The dropper keeps the file open, and writes to it after it was taken.
  @Test func bytesWrittenAfterIntakeDoNotReachTheJob() async throws {
    let gate = StopFlag()
    let harness = try Harness(
      executor: FakeExecutor { run in
        while !gate.isRaised { try? await Task.sleep(for: .milliseconds(5)) }
        return await FakeExecutor.succeed(run)
      })
    try await harness.serve { life in
      let path = try harness.root.write(archive(), to: "inbox/.a.tar")
      let reader = try OpenFile(path, O_RDONLY)
      try FileMove.rename(path, to: harness.inbox + "/a.tar")
      #expect(try await life.reaches(.running, 2))
      // Through /proc, as root or the owner may.
      let again = try OpenFile("/proc/self/fd/\(reader.descriptor)", O_WRONLY)
      try again.write(Array(archive("other").utf8)[...])
      gate.raise()
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { contents(of: harness.service.originals + "/a").count == 1 })
      let kept = contents(of: harness.service.originals + "/a")[0]
      #expect(text(at: harness.service.originals + "/a/" + kept) == archive())
      #expect(mode(of: harness.service.originals + "/a/" + kept) == 0o440)
    }
  }

  /// Another file in the place of the one that was claimed is another drop.
  @Test func whatIsPutInTheClaimedFilesPlaceIsNotRemoved() throws {
    let root = try TemporaryDirectory()
    let path = try root.write(archive(), to: "inbox/a.tar")
    let stamp = try #require(try FileStamp.of(path))
    try root.write(archive("other"), to: "inbox/a.tar")
    #expect(try !InboxRemoval.remove(path, stamp: stamp))
    #expect(text(at: path) == archive("other") && contents(of: root.path + "/inbox") == ["a.tar"])
    try FileManager.default.removeItem(atPath: path)
    symlink("/etc/passwd", path)
    #expect(try !InboxRemoval.remove(path, stamp: stamp))
    #expect(contents(of: root.path + "/inbox") == ["a.tar"] && exists("/etc/passwd"))
  }

  @Test func aDuplicateIsRemovedOnlyWhileTheOtherCopyIsSeenToBeThere() async throws {
    let harness = try Harness()
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { contents(of: harness.service.originals + "/a").count == 1 })
      let kept = harness.service.originals + "/a/" + contents(of: harness.service.originals + "/a")[0]
      try FileManager.default.removeItem(atPath: kept)
      try Data("rot".utf8).write(to: URL(fileURLWithPath: kept))
      try harness.drop("b.tar")
      #expect(
        try await eventually {
          await life.inbox.report().files.first?.note?.hasPrefix("release-a-1 should have") == true
        })
      #expect(exists(harness.inbox + "/b.tar") && contents(of: harness.service.receipts).isEmpty)
    }
  }

  @Test func anInboxThatOthersMayRenameInIsMadeSticky() throws {
    let root = try TemporaryDirectory()
    let path = root.path + "/inbox"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    chmod(path, 0o770)
    try InboxPermissions(path: path).settle(isNew: false)
    #expect(mode(of: path) == 0o3770)
    chmod(path, 0o700)
    try InboxPermissions(path: path).settle(isNew: false)
    #expect(mode(of: path) == 0o700)
  }
}

/// The work directory cannot be written: the only copy of an archive was deleted as a duplicate of itself.
@Suite struct FailedMoveTests {
  private struct Wall: FileObstacle {
    var errno: Int32
    var part: String
    let isDown: StopFlag

    func before(_ operation: String, _ path: String) -> Int32? {
      !isDown.isRaised && path.contains(part) && ["create", "write", "move", "make the directory"].contains(operation)
        ? errno : nil
    }

    func after(_ operation: String, _ path: String) -> Int32? { nil }
  }

  /// Files that the daemon may not remove got jobs that never started, and were called duplicates of themselves.
  @Test func aDropThatCannotBeRemovedStaysOneDrop() async throws {
    let harness = try Harness { $0.inbox.rescan = .milliseconds(100) }
    let wall = Wall(errno: EPERM, part: "/inbox/a.tar", isDown: StopFlag())
    try await SystemCall.$obstacle.withValue(wall) {
      try await harness.serve { life in
        try harness.drop("a.tar")
        #expect(try await life.reaches(.done, 1))
        #expect(
          try await eventually {
            await life.pipeline.scheduler.obstacles().contains { $0.hasPrefix("a.tar has been taken") }
          })
        #expect(
          try await eventually {
            await life.inbox.report().files.first?.note?.hasPrefix("has been taken (job 1)") == true
          })
        #expect(exists(harness.inbox + "/a.tar") && contents(of: harness.service.receipts).isEmpty)
        wall.isDown.raise()
        #expect(try await eventually { contents(of: harness.inbox).isEmpty })
        #expect(try await life.ledger.reports(limit: 10).count == 2)
      }
    }
  }

  @Test(arguments: [ENOSPC, EACCES, EIO, EROFS, EDQUOT], ["work/.arrivals/", "work/1"])
  func aDropThatCannotBeMovedWaitsAndSaysSo(errno: Int32, part: String) async throws {
    let harness = try Harness { $0.inbox.rescan = .milliseconds(100) }
    let wall = Wall(errno: errno, part: part, isDown: StopFlag())
    try await SystemCall.$obstacle.withValue(wall) {
      try await harness.serve { life in
        try harness.drop("a.tar")
        #expect(
          try await eventually {
            let notes = await life.inbox.report().files.compactMap(\.note) + life.pipeline.scheduler.obstacles()
            let waits = try await life.ledger.reports(limit: 10).compactMap(\.reason)
            return (notes + waits).contains { $0.contains(Errno.text(errno)) }
          })
        // Looked at again and again, it stays one claim.
        try await Task.sleep(for: .milliseconds(300))
        let bytes =
          contents(of: harness.inbox)
          + ((try? FileManager.default.subpathsOfDirectory(atPath: harness.service.work)) ?? [])
        #expect(!bytes.isEmpty && contents(of: harness.service.receipts).isEmpty)
        wall.isDown.raise()
        #expect(try await life.reaches(.done, 1))
        #expect(try await life.ledger.reports(limit: 10).count == 2)
      }
    }
    #expect(contents(of: harness.service.originals + "/a").count == 1 && contents(of: harness.inbox).isEmpty)
  }
}
