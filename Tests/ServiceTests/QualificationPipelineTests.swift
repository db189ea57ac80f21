import Jobs
import Testing

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

/// A release between the job that makes it and the outbox.
@Suite struct QualificationPipelineTests {
  @Test func aReleaseThatPassesGoesOut() async throws {
    let harness = try Harness.qualifying { spec, _ in try FakeExecutor.qualify(spec, .passed) }
    let service = harness.service
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      #expect(try await eventually { exists(service.outbox + "/release-a-1/manifest-sha256.txt") })
      #expect(try await eventually { works(in: service.work).isEmpty })
      #expect(try await life.words() == ["1 release done", "2 train done", "3 qualify done"])
      let report = try #require(try await life.pipeline.scheduler.report(1).release)
      #expect(report.state == "published" && report.publishedBy == "qualification" && report.outcome == "passed")
      #expect(report.directory == service.outbox + "/release-a-1")
    }
    #expect(releases(service.held).isEmpty)
    #expect(contents(of: service.originals + "/a").count == 1)
    guard let spec = try #require(harness.executor.specs.last).work as? QualifySpec else {
      Issue.record("the last job is no qualification")
      return
    }
    #expect(spec.release == service.held + "/release-a-1" && spec.seed == 5 && !spec.usesPanel)
    #expect(spec.original.hasPrefix(service.originals + "/a/"))
  }

  @Test func aReleaseThatWaitsIsNotInTheOutbox() async throws {
    let harness = try Harness.qualifying { _, run in await FakeExecutor.untilStopped(run) }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.running, 3))
      #expect(releases(harness.service.outbox).isEmpty)
      #expect(exists(harness.service.held + "/release-a-1/manifest-sha256.txt"))
      await #expect(throws: LedgerError.notHeld(release: "release-a-1", state: "waiting")) {
        try await life.pipeline.requests.publish("release-a-1")
      }
      // The same bytes again are answered with the release's name, as ever.
      try harness.drop("b.tar")
      #expect(try await eventually { exists(harness.service.receipts + "/b.tar.duplicate-of-release-a-1") })
      let status = try #require(try await life.ledger.datasetReports().first)
      #expect(status.unpublished.map(\.state) == ["waiting"])
    }
  }

  @Test(arguments: [QualifyResult.Outcome.held, .inconclusive])
  func aReleaseThatDoesNotPassIsHeldBesideItsReasons(outcome: QualifyResult.Outcome) async throws {
    let harness = try Harness.qualifying { spec, _ in
      try FakeExecutor.qualify(spec, outcome, ["ΔP is down to 3 points"])
    }
    let service = harness.service
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      let report = try await life.pipeline.scheduler.report(3)
      #expect(report.gate?.outcome == outcome.rawValue && report.gate?.reasons == ["ΔP is down to 3 points"])
      #expect(ReportText.job(report, now: 0).contains("\(outcome.rawValue): ΔP is down to 3 points"))
    }
    #expect(releases(service.outbox).isEmpty)
    #expect(
      releases(service.held) == ["release-a-1", "release-a-1.REASON.txt", "release-a-1.qualification.json"])
    #expect(text(at: service.held + "/release-a-1.REASON.txt") == "\(outcome.rawValue):\nΔP is down to 3 points\n")
    #expect(mode(of: service.held + "/release-a-1.REASON.txt") == 0o640)
    #expect(text(at: service.held + "/release-a-1.qualification.json") == "report \(outcome.rawValue)")
  }

  @Test func aPersonLetsAHeldReleaseOut() async throws {
    let harness = try Harness.qualifying { spec, _ in try FakeExecutor.qualify(spec, .held, ["reason"]) }
    let service = harness.service
    try await harness.serve { life in
      await #expect(throws: LedgerError.noSuchRelease("release-a-1")) {
        try await life.pipeline.requests.publish("release-a-1")
      }
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      #expect(try await life.pipeline.requests.publish("release-a-1") == 1)
      #expect(exists(service.outbox + "/release-a-1/manifest-sha256.txt"))
      let report = try #require(try await life.pipeline.scheduler.report(1).release)
      #expect(report.state == "published" && report.publishedBy == "request" && report.published != nil)
      #expect(report.outcome == "held" && report.reasons == ["reason"])
      await #expect(throws: LedgerError.notHeld(release: "release-a-1", state: "published")) {
        try await life.pipeline.requests.publish("release-a-1")
      }
    }
    #expect(releases(service.held).isEmpty)
  }

  @Test func aQualificationThatFailsHoldsTheRelease() async throws {
    let isGood = StopFlag()
    let harness = try Harness.qualifying { spec, _ in
      isGood.isRaised ? try FakeExecutor.qualify(spec, .passed) : FakeExecutor.failed(.failed)
    }
    let service = harness.service
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 3))
      let report = try #require(try await life.pipeline.scheduler.report(1).release)
      #expect(report.state == "held" && report.outcome == "inconclusive")
      #expect(report.reasons == ["a.tar: data_batch_1.bin: ends at 512"])
      #expect(exists(service.held + "/release-a-1.REASON.txt"))
      isGood.raise()
      #expect(try await life.pipeline.requests.retry("3") == 3)
      #expect(try await life.reaches(.done, 3))
      #expect(try await eventually { exists(service.outbox + "/release-a-1") })
    }
    #expect(releases(service.held).isEmpty)
    #expect(contents(of: service.failed).isEmpty)
  }

  @Test func aCancelledQualificationHoldsTheRelease() async throws {
    let harness = try Harness.qualifying { _, run in await FakeExecutor.untilStopped(run) }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.running, 3))
      _ = try await life.pipeline.requests.cancel("3")
      #expect(try await life.reaches(.cancelled, 3))
      #expect(try await life.ledger.release(1).state == .held)
      // It stays there until somebody decides.
      #expect(try await life.pipeline.requests.publish("release-a-1") == 1)
    }
    #expect(exists(harness.service.outbox + "/release-a-1"))
  }

  @Test func retryingADoneQualificationJudgesTheHeldReleaseAgain() async throws {
    let harness = try Harness.qualifying { spec, run in
      run.spec.id == "3" ? try FakeExecutor.qualify(spec, .held, ["no"]) : try FakeExecutor.qualify(spec, .passed)
    }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      #expect(try await life.pipeline.requests.retry("3") == 4)
      #expect(try await life.reaches(.done, 4))
      #expect(try await life.ledger.release(1).state == .published)
      #expect(try await life.pipeline.scheduler.report(3).gate?.outcome == "held")
      await #expect(throws: LedgerError.notHeld(release: "release-a-1", state: "published")) {
        try await life.pipeline.requests.retry("3")
      }
    }
  }

  @Test func retryingTheReleaseJobMakesAnotherReleaseOfAHeldOnesArchive() async throws {
    let harness = try Harness.qualifying { spec, _ in
      spec.release.hasSuffix("-1")
        ? try FakeExecutor.qualify(spec, .held, ["no"]) : try FakeExecutor.qualify(spec, .passed)
    }
    let service = harness.service
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      #expect(try await life.pipeline.requests.retry("1") == 4)
      #expect(try await life.reaches(.done, 5))
      #expect(try await life.words().suffix(2) == ["4 release done", "5 qualify done"])
      #expect(try await eventually { exists(service.outbox + "/release-a-2") })
      #expect(try await life.ledger.release(1).state == .held)
      await #expect(throws: LedgerError.notHeld(release: "release-a-2", state: "published")) {
        try await life.pipeline.requests.retry("4")
      }
    }
    #expect(releases(service.outbox) == ["release-a-2"])
    #expect(contents(of: service.originals + "/a").count == 1)
  }

  @Test func aReportOfAnEarlierQualificationDoesNotStandForOneThatFailed() async throws {
    let harness = try Harness.qualifying { spec, run in
      run.spec.id == "3" ? try FakeExecutor.qualify(spec, .held, ["no"]) : FakeExecutor.failed(.failed)
    }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      _ = try await life.pipeline.requests.retry("3")
      #expect(try await life.reaches(.failed, 4))
    }
    #expect(releases(harness.service.held) == ["release-a-1", "release-a-1.REASON.txt"])
    #expect(
      text(at: harness.service.held + "/release-a-1.REASON.txt")
        == "inconclusive:\na.tar: data_batch_1.bin: ends at 512\n")
  }

  @Test func anArchiveThatIsNotKeptStaysForItsQualification() async throws {
    let harness = try Harness.qualifying(keepOriginals: false) { spec, run in
      guard exists(spec.original) else { return ExecutionEnd(exit: .exited(1)) }
      return try FakeExecutor.qualify(spec, .held, ["no"])
    }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      // It may be judged again, so it is still there.
      #expect(try await eventually { !works(in: harness.service.work).isEmpty })
      #expect(try await life.ledger.input(1).path == harness.service.work + "/1/input/a.tar")
      _ = try await life.pipeline.requests.publish("release-a-1")
      #expect(try await eventually { works(in: harness.service.work).isEmpty })
      #expect(try await life.ledger.input(1).path == nil)
    }
    #expect(contents(of: harness.service.originals).isEmpty)
  }

  @Test func aPanelIsScoredForEveryLaterReleaseBeforeItsQualification() async throws {
    let harness = try Harness.qualifying { spec, _ in try FakeExecutor.qualify(spec, .passed) }
    try await harness.serve { life in
      try harness.drop("a.tar", "one")
      #expect(try await life.reaches(.done, 3))
      await #expect(throws: ServiceError.notMade(what: "reference panel", of: "a")) {
        try await life.pipeline.requests.panel(of: "a")
      }
      #expect(try await life.pipeline.requests.buildPanel("a") == 4)
      #expect(try await life.reaches(.done, 4))
      #expect(try await life.pipeline.requests.panel(of: "a") == Array("{}".utf8))
      try harness.drop("a.tar", "two")
      #expect(try await life.reaches(.done, 7))
      #expect(
        try await life.words().suffix(3) == ["5 release done", "6 reference done", "7 qualify done"])
    }
    guard let panel = harness.executor.specs[5].work as? ReferenceSpec,
      let judged = harness.executor.specs[6].work as? QualifySpec
    else {
      Issue.record("not a panel and then a qualification")
      return
    }
    #expect(panel.release == "release-a-2" && panel.models == harness.service.vault + "/panels/a")
    #expect(judged.usesPanel)
  }

  @Test func twoRequestsForAPanelAreOne() async throws {
    let executor = FakeExecutor { run in
      guard run.spec.work is ReferenceSpec else { return await FakeExecutor.succeed(run) }
      return await FakeExecutor.untilStopped(run)
    }
    let harness = try Harness(executor: executor)
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(try await life.pipeline.requests.buildPanel("a") == 3)
      #expect(try await life.reaches(.running, 3))
      #expect(try await life.pipeline.requests.buildPanel("a") == 3)
    }
  }
}
