import Foundation
import GRDB
import Jobs
import Synchronization
import Testing

@testable import Service

/// A release between the job that makes it and the outbox.
@Suite struct QualificationPipelineTests {
  /// A daemon whose qualifications end like this; a release has jobs 1 (release), 2 (training) and 3 (qualification).
  private func harness(
    root: TemporaryDirectory? = nil, keepOriginals: Bool = true,
    _ verdict: @Sendable @escaping (QualifySpec, FakeExecutor.Run) async throws -> ExecutionEnd
  ) throws -> Harness {
    let executor = FakeExecutor { run in
      guard case .qualify(let spec) = run.spec.work else { return await FakeExecutor.succeed(run) }
      return (try? await verdict(spec, run)) ?? ExecutionEnd(exit: .exited(1))
    }
    return try Harness(root: root, executor: executor) {
      $0.service.keepOriginals = keepOriginals
      $0.defaults.qualify = true
      $0.defaults.seed = 5
      $0.jobs.crashRetries = 0
    }
  }

  private func releases(_ directory: String) -> [String] {
    contents(of: directory).filter { !$0.hasPrefix(".") }
  }

  @Test func aReleaseThatPassesGoesOut() async throws {
    let harness = try harness { spec, _ in try FakeExecutor.qualify(spec, .passed) }
    let service = harness.service
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      #expect(try await eventually { exists(service.outbox + "/release-a-1/manifest-sha256.txt") })
      #expect(try await eventually { contents(of: service.work).isEmpty })
      #expect(try await life.words() == ["1 release done", "2 train done", "3 qualify done"])
      let report = try #require(try await life.pipeline.jobReport(1).release)
      #expect(report.state == "published" && report.publishedBy == "qualification" && report.outcome == "passed")
      #expect(report.directory == service.outbox + "/release-a-1")
    }
    #expect(releases(service.held).isEmpty)
    #expect(contents(of: service.originals + "/a").count == 1)
    guard case .qualify(let spec) = try #require(harness.executor.specs.last).work else {
      Issue.record("the last job is no qualification")
      return
    }
    #expect(spec.release == service.held + "/release-a-1" && spec.seed == 5 && !spec.usesPanel)
    #expect(spec.original.hasPrefix(service.originals + "/a/"))
  }

  @Test func aReleaseThatWaitsIsNotInTheOutbox() async throws {
    let harness = try harness { _, run in await FakeExecutor.untilStopped(run) }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.running, 3))
      #expect(releases(harness.service.outbox).isEmpty)
      #expect(exists(harness.service.held + "/release-a-1/manifest-sha256.txt"))
      await #expect(throws: ServiceError.notHeld(release: "release-a-1", state: "waiting")) {
        try await life.pipeline.publish("release-a-1")
      }
      // The same bytes again are answered with the release's name, as ever.
      try harness.drop("b.tar")
      #expect(try await eventually { exists(harness.inbox + "/b.tar.duplicate-of-release-a-1") })
      let status = try #require(try await life.ledger.datasetReports().first)
      #expect(status.unpublished.map(\.state) == ["waiting"])
    }
  }

  @Test(arguments: [QualifyResult.Outcome.held, .inconclusive])
  func aReleaseThatDoesNotPassIsHeldBesideItsReasons(outcome: QualifyResult.Outcome) async throws {
    let harness = try harness { spec, _ in try FakeExecutor.qualify(spec, outcome, ["ΔP is down to 3 points"]) }
    let service = harness.service
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      let report = try await life.pipeline.jobReport(3)
      #expect(report.gate?.outcome == outcome.rawValue && report.gate?.reasons == ["ΔP is down to 3 points"])
      #expect(ReportText.job(report, now: 0).contains("\(outcome.rawValue): ΔP is down to 3 points"))
    }
    #expect(releases(service.outbox).isEmpty)
    #expect(
      releases(service.held) == ["release-a-1", "release-a-1.REASON.txt", "release-a-1.qualification.json"])
    #expect(text(at: service.held + "/release-a-1.REASON.txt") == "\(outcome.rawValue):\nΔP is down to 3 points\n")
    #expect(text(at: service.held + "/release-a-1.qualification.json") == "report \(outcome.rawValue)")
  }

  @Test func aPersonLetsAHeldReleaseOut() async throws {
    let harness = try harness { spec, _ in try FakeExecutor.qualify(spec, .held, ["reason"]) }
    let service = harness.service
    try await harness.serve { life in
      await #expect(throws: ServiceError.noSuchRelease("release-a-1")) {
        try await life.pipeline.publish("release-a-1")
      }
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      #expect(try await life.pipeline.publish("release-a-1") == 1)
      #expect(exists(service.outbox + "/release-a-1/manifest-sha256.txt"))
      let report = try #require(try await life.pipeline.jobReport(1).release)
      #expect(report.state == "published" && report.publishedBy == "request" && report.published != nil)
      #expect(report.outcome == "held" && report.reasons == ["reason"])
      await #expect(throws: ServiceError.notHeld(release: "release-a-1", state: "published")) {
        try await life.pipeline.publish("release-a-1")
      }
    }
    #expect(releases(service.held).isEmpty)
  }

  @Test func aQualificationThatFailsHoldsTheRelease() async throws {
    let isGood = StopFlag()
    let harness = try harness { spec, _ in
      isGood.isRaised ? try FakeExecutor.qualify(spec, .passed) : FakeExecutor.failed(.failed)
    }
    let service = harness.service
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 3))
      let report = try #require(try await life.pipeline.jobReport(1).release)
      #expect(report.state == "held" && report.outcome == "inconclusive")
      #expect(report.reasons == ["a.tar: data_batch_1.bin: ends at 512"])
      #expect(exists(service.held + "/release-a-1.REASON.txt"))
      isGood.raise()
      #expect(try await life.pipeline.retry("3") == 3)
      #expect(try await life.reaches(.done, 3))
      #expect(try await eventually { exists(service.outbox + "/release-a-1") })
    }
    #expect(releases(service.held).isEmpty)
    #expect(contents(of: service.failed).isEmpty)
  }

  @Test func aCancelledQualificationHoldsTheRelease() async throws {
    let harness = try harness { _, run in await FakeExecutor.untilStopped(run) }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.running, 3))
      _ = try await life.pipeline.cancel("3")
      #expect(try await life.reaches(.cancelled, 3))
      #expect(try await life.ledger.release(1).state == .held)
      // It stays there until somebody decides.
      #expect(try await life.pipeline.publish("release-a-1") == 1)
    }
    #expect(exists(harness.service.outbox + "/release-a-1"))
  }

  @Test func retryingADoneQualificationJudgesTheHeldReleaseAgain() async throws {
    let harness = try harness { spec, run in
      run.spec.id == "3" ? try FakeExecutor.qualify(spec, .held, ["no"]) : try FakeExecutor.qualify(spec, .passed)
    }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      #expect(try await life.pipeline.retry("3") == 4)
      #expect(try await life.reaches(.done, 4))
      #expect(try await life.ledger.release(1).state == .published)
      #expect(try await life.pipeline.jobReport(3).gate?.outcome == "held")
      await #expect(throws: ServiceError.notHeld(release: "release-a-1", state: "published")) {
        try await life.pipeline.retry("3")
      }
    }
  }

  @Test func retryingTheReleaseJobMakesAnotherReleaseOfAHeldOnesArchive() async throws {
    let harness = try harness { spec, _ in
      spec.release.hasSuffix("-1")
        ? try FakeExecutor.qualify(spec, .held, ["no"]) : try FakeExecutor.qualify(spec, .passed)
    }
    let service = harness.service
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      #expect(try await life.pipeline.retry("1") == 4)
      #expect(try await life.reaches(.done, 5))
      #expect(try await life.words().suffix(2) == ["4 release done", "5 qualify done"])
      #expect(try await eventually { exists(service.outbox + "/release-a-2") })
      #expect(try await life.ledger.release(1).state == .held)
      await #expect(throws: ServiceError.notHeld(release: "release-a-2", state: "published")) {
        try await life.pipeline.retry("4")
      }
    }
    #expect(releases(service.outbox) == ["release-a-2"])
    #expect(contents(of: service.originals + "/a").count == 1)
  }

  @Test func aReportOfAnEarlierQualificationDoesNotStandForOneThatFailed() async throws {
    let harness = try harness { spec, run in
      run.spec.id == "3" ? try FakeExecutor.qualify(spec, .held, ["no"]) : FakeExecutor.failed(.failed)
    }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      _ = try await life.pipeline.retry("3")
      #expect(try await life.reaches(.failed, 4))
    }
    #expect(releases(harness.service.held) == ["release-a-1", "release-a-1.REASON.txt"])
    #expect(
      text(at: harness.service.held + "/release-a-1.REASON.txt")
        == "inconclusive:\na.tar: data_batch_1.bin: ends at 512\n")
  }

  @Test func anArchiveThatIsNotKeptStaysForItsQualification() async throws {
    let harness = try harness(keepOriginals: false) { spec, run in
      guard exists(spec.original) else { return ExecutionEnd(exit: .exited(1)) }
      return try FakeExecutor.qualify(spec, .held, ["no"])
    }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      // It may be judged again, so it is still there.
      #expect(try await eventually { !contents(of: harness.service.work).isEmpty })
      #expect(try await life.ledger.input(1).path == harness.service.work + "/1/input/a.tar")
      _ = try await life.pipeline.publish("release-a-1")
      #expect(try await eventually { contents(of: harness.service.work).isEmpty })
      #expect(try await life.ledger.input(1).path == nil)
    }
    #expect(contents(of: harness.service.originals).isEmpty)
  }

  @Test func aPanelIsScoredForEveryLaterReleaseBeforeItsQualification() async throws {
    let harness = try harness { spec, _ in try FakeExecutor.qualify(spec, .passed) }
    try await harness.serve { life in
      try harness.drop("a.tar", "one")
      #expect(try await life.reaches(.done, 3))
      await #expect(throws: ServiceError.notMade(what: "reference panel", of: "a")) {
        try await life.pipeline.panel(of: "a")
      }
      #expect(try await life.pipeline.buildPanel("a") == 4)
      #expect(try await life.reaches(.done, 4))
      #expect(try await life.pipeline.panel(of: "a") == Array("{}".utf8))
      try harness.drop("a.tar", "two")
      #expect(try await life.reaches(.done, 7))
      #expect(
        try await life.words().suffix(3) == ["5 release done", "6 reference done", "7 qualify done"])
    }
    guard case .reference(let panel) = harness.executor.specs[5].work,
      case .qualify(let judged) = harness.executor.specs[6].work
    else {
      Issue.record("not a panel and then a qualification")
      return
    }
    #expect(panel.release == "release-a-2" && panel.models == harness.service.vault + "/panels/a")
    #expect(judged.usesPanel)
  }

  @Test func twoRequestsForAPanelAreOne() async throws {
    let executor = FakeExecutor { run in
      guard case .reference = run.spec.work else { return await FakeExecutor.succeed(run) }
      return await FakeExecutor.untilStopped(run)
    }
    let harness = try Harness(executor: executor)
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(try await life.pipeline.buildPanel("a") == 3)
      #expect(try await life.reaches(.running, 3))
      #expect(try await life.pipeline.buildPanel("a") == 3)
    }
  }

  // MARK: - Power cuts

  /// A daemon that ended right after the ledger said that the release goes out.
  private func decided(_ root: TemporaryDirectory) async throws -> ServiceSettings {
    let first = try harness(root: root) { spec, _ in try FakeExecutor.qualify(spec, .held, ["reason"]) }
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
    try await harness(root: root) { _, _ in ExecutionEnd(exit: .exited(1)) }.serve {
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
    try await harness(root: root) { _, _ in ExecutionEnd(exit: .exited(1)) }.serve {
      (life: Harness.Life) async throws in
      #expect(try await eventually { await !life.pipeline.stuckInputs().isEmpty })
    }
    #expect(text(at: service.outbox + "/release-a-1/tagmanifest-sha256.txt") == "mine")
    #expect(exists(service.held + "/release-a-1/manifest-sha256.txt"))
  }

  @Test func aQualificationThatRanWhenTheDaemonEndedIsAskedExactlyTheSame() async throws {
    let root = try TemporaryDirectory()
    let first = try harness(root: root) { _, run in await FakeExecutor.untilStopped(run) }
    try await first.serve { life in
      try first.drop("a.tar")
      #expect(try await life.reaches(.running, 3))
    }
    let second = try harness(root: root) { spec, _ in try FakeExecutor.qualify(spec, .passed) }
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
