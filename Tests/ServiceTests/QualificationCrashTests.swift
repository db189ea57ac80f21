import Foundation
import GRDB
import Jobs
import Testing

@testable import Ledger
@testable import Service
@testable import ServiceConfiguration

/// The daemon ends at the worst moments between a release and the outbox.
@Suite struct QualificationCrashTests {
  /// A daemon that ended right after the ledger said that the release goes out.
  private func decided(_ root: TemporaryDirectory) async throws -> ServiceSettings {
    let first = try Harness.qualifying(root: root) { spec, _ in try FakeExecutor.qualify(spec, .held, ["reason"]) }
    try await first.serve { life in
      try first.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
    }
    do {
      let life = try first.life()
      try await life.ledger.publish(1, to: first.service.outbox + "/release-a-1", now: 7000)
    }
    return first.service
  }

  private func comesOut(_ root: TemporaryDirectory, _ service: ServiceSettings) async throws {
    try await Harness.qualifying(root: root) { _, _ in ExecutionEnd(exit: .exited(1)) }.serve {
      (life: Harness.Life) async throws in
      #expect(try await eventually { try await life.ledger.unsettledReleases().isEmpty })
      #expect(try await life.ledger.release(1).directory == service.outbox + "/release-a-1")
    }
    #expect(text(at: service.outbox + "/release-a-1/manifest-sha256.txt") == "seed 5\n")
    #expect(releases(service.outbox) == ["release-a-1"])
    #expect(releases(service.held).isEmpty)
  }

  @Test func afterTheDecisionAndBeforeTheMove() async throws {
    let root = try TemporaryDirectory()
    try await comesOut(root, decided(root))
  }

  @Test func afterTheMoveAndBeforeTheLedgerKnew() async throws {
    let root = try TemporaryDirectory()
    let service = try await decided(root)
    try FileManager.default.moveItem(
      atPath: service.held + "/release-a-1", toPath: service.outbox + "/release-a-1")
    try await comesOut(root, service)
  }

  @Test func afterACopyToAnotherFilesystemAndBeforeTheSourceWasRemoved() async throws {
    let root = try TemporaryDirectory()
    let service = try await decided(root)
    try FileManager.default.copyItem(atPath: service.held + "/release-a-1", toPath: service.outbox + "/release-a-1")
    try await comesOut(root, service)
  }

  @Test func aStrangerInTheOutboxIsNotReplaced() async throws {
    let root = try TemporaryDirectory()
    let service = try await decided(root)
    try FileManager.default.createDirectory(
      atPath: service.outbox + "/release-a-1", withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(fileURLWithPath: service.outbox + "/release-a-1/tagmanifest-sha256.txt"))
    try await Harness.qualifying(root: root) { _, _ in ExecutionEnd(exit: .exited(1)) }.serve {
      (life: Harness.Life) async throws in
      #expect(try await eventually { await !life.pipeline.scheduler.obstacles().isEmpty })
    }
    #expect(text(at: service.outbox + "/release-a-1/tagmanifest-sha256.txt") == "mine")
    #expect(exists(service.held + "/release-a-1/manifest-sha256.txt"))
  }

  @Test func aQualificationThatRanWhenTheDaemonEndedIsAskedExactlyTheSame() async throws {
    let root = try TemporaryDirectory()
    let first = try Harness.qualifying(root: root) { _, run in await FakeExecutor.untilStopped(run) }
    try await first.serve { life in
      try first.drop("a.tar")
      #expect(try await life.reaches(.running, 3))
    }
    let second = try Harness.qualifying(root: root) { spec, _ in try FakeExecutor.qualify(spec, .passed) }
    // A panel that was built by hand meanwhile changes nothing.
    try second.root.write("{}", to: "vault/release-a-1/panel.safetensors")
    try await second.serve { (life: Harness.Life) async throws in
      #expect(try await life.reaches(.done, 3))
      #expect(try await eventually { exists(second.service.outbox + "/release-a-1") })
    }
    #expect(second.executor.documents(3) == first.executor.documents(3))
    #expect(second.executor.documents(3).count == 1)
  }

  @Test func aLedgerFromBeforeQualificationsIsTakenOver() async throws {
    let harness = try Harness()
    try harness.service.prepare()
    do {
      let queue = try DatabaseQueue(path: harness.service.ledger)
      try Ledger.migrator.migrate(queue, upTo: "1")
      try await queue.write { db in
        try db.execute(
          sql: """
            INSERT INTO dataset (name, created) VALUES ('a', 1);
            INSERT INTO input (dataset, name, digest, size, modified, inode, state, claimed)
              VALUES (1, 'a.tar', 'ff', 1, 1, 1, 'released', 1);
            INSERT INTO job (kind, dataset, input, word, settings, generatorKey, seed, filed, version, crashes, delays,
                cancelRequested)
              VALUES ('release', 1, 1, 'done', '{}', 'k', 1, 1, 4, 0, 0, 0);
            INSERT INTO attempt (job, started) VALUES (1, 1);
            INSERT INTO release (dataset, job, version, directory, archiveDigest, samples, markedSamples,
                skippedSamples, published)
              VALUES (1, 1, 4, '/o/release-a-4', '00', 10, 5, 0, 9000);
            """)
      }
    }
    let life = try harness.life()
    let release = try await life.ledger.release(1)
    #expect(release.state == .published && release.destination == "/o/release-a-4" && release.published == 9000)
    #expect(try await life.ledger.job(1).version == 4)
    #expect(try await life.ledger.report(1).attempts?.count == 1)
    let violations = try await life.ledger.read { db in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count }
    #expect(violations == 0)
  }
}
