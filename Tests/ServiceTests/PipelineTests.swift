import Foundation
import Foundations
import Jobs
import Synchronization
import Testing

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

@Suite struct PipelineTests {
  @Test func aDroppedArchiveComesOutAsARelease() async throws {
    let harness = try Harness()
    try await harness.serve { life in
      try harness.drop("cifar-10-binary.tar.gz")
      #expect(try await life.reaches(.done, 1))
      #expect(try await life.words() == ["1 release done", "2 train done"])
      #expect(try await eventually { works(in: harness.service.work).isEmpty })
    }
    let service = harness.service
    #expect(contents(of: service.outbox + "/release-cifar-10-binary-1") == ["manifest-sha256.txt"])
    #expect(contents(of: service.outbox + "/.staging").isEmpty)
    #expect(contents(of: service.inbox).isEmpty)
    #expect(contents(of: service.failed).isEmpty)
    let originals = contents(of: service.originals + "/cifar-10-binary")
    #expect(originals.count == 1)
    #expect(try #require(originals.first).hasSuffix("-cifar-10-binary.tar.gz"))
    #expect(contents(of: service.vault + "/generators") == ["cifar-10-binary-2.safetensors"])
  }

  @Test func theNextArchiveOfADatasetUsesItsGenerator() async throws {
    let harness = try Harness { $0.datasets = [DatasetRule(name: "d", match: "*", settings: $0.defaults)] }
    try await harness.serve { life in
      try harness.drop("a.tar", "one")
      #expect(try await life.reaches(.done, 1))
      try harness.drop("b.tar", "two")
      #expect(try await life.reaches(.done, 3))
    }
    #expect(harness.executor.specs.map(\.id) == ["2", "1", "3"])
    #expect(contents(of: harness.service.outbox).filter { $0.hasPrefix("release") } == ["release-d-1", "release-d-2"])
  }

  @Test func specsCarryTheSettingsOfTheDataset() async throws {
    let harness = try Harness {
      var settings = $0.defaults
      settings.target = "cat"
      settings.seed = 42
      settings.method[SharedSettings.epsilon] = 4
      $0.datasets = [DatasetRule(name: "cats", match: "c*.tar", settings: settings)]
      $0.jobs.threads = 3
      $0.limits.members = 77
    }
    try await harness.serve { life in
      try harness.drop("c1.tar")
      #expect(try await life.reaches(.done, 1))
    }
    let specs = harness.executor.specs
    guard let train = specs[0].work as? TrainSpec, let release = specs[1].work as? ReleaseSpec else {
      Issue.record("not a training and then a release")
      return
    }
    #expect(specs.allSatisfy { $0.threads == 3 })
    #expect(
      train.target == "cat" && train.method[SharedSettings.epsilon] == 4 && train.seed == 42 && train.dataset == "cats")
    #expect(train.archive == harness.service.work + "/1/input/c1.tar")
    #expect(release.archiveName == "c1.tar" && release.seed == 42 && release.releaseVersion == 1)
    #expect(release.generator == train.generator)
    #expect(train.limits.members == 77 && release.limits.members == 77)
  }

  @Test func aRefusedArchiveIsKeptBesideItsReason() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in FakeExecutor.failed(.refused) })
    try await harness.serve { life in
      try harness.drop("a.tar", "broken")
      #expect(try await life.reaches(.failed, 1))
      // What was dropped once is refused once.
      #expect(try await life.words() == ["1 release failed", "2 train cancelled"])
      #expect(try await eventually { exists(harness.service.failed + "/1/a.tar") })
    }
    let failed = harness.service.failed + "/1"
    #expect(contents(of: failed) == ["REASON.json", "REASON.txt", "a.tar"])
    #expect(contents(of: harness.service.failed) == ["1"])
    #expect(text(at: failed + "/a.tar") == archive("broken"))
    #expect(text(at: failed + "/REASON.txt") == "a.tar: data_batch_1.bin: ends at 512\n")
    let reason = try CanonicalJSON.decode(JobFailure.self, from: try #require(text(at: failed + "/REASON.json")).utf8)
    #expect(reason.code == "truncated-member" && reason.offset == 512 && reason.kind == .refused)
    #expect(contents(of: harness.service.outbox) == [".staging"] || contents(of: harness.service.outbox).isEmpty)
  }

  @Test func theGroupMayReadWhyAJobFailed() async throws {
    let executor = FakeExecutor { run in
      if let spec = run.spec.work as? TrainSpec {
        let log = Directory.parent(of: spec.workDirectory) + "/job.log"
        _ = FileManager.default.createFile(atPath: log, contents: nil, attributes: [.posixPermissions: 0o600])
      }
      return FakeExecutor.failed(.refused)
    }
    let harness = try Harness(executor: executor)
    let failed = harness.service.failed
    try await harness.serve { life in
      let upload = try harness.root.write(archive(), to: "inbox/.upload")
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: upload)
      try FileManager.default.moveItem(atPath: upload, toPath: harness.inbox + "/a.tar")
      #expect(try await life.reaches(.failed, 1))
      #expect(try await eventually { exists(failed + "/1/a.tar") && exists(failed + "/1/job.log") })
    }
    #expect(mode(of: failed + "/1") == 0o750)
    for name in ["REASON.txt", "REASON.json", "job.log"] { #expect(mode(of: "\(failed)/1/\(name)") == 0o640) }
    #expect(mode(of: failed + "/1/a.tar") == 0o440)
  }

  @Test func aReasonCallsTheInputByItsNameAndNotByThePlaceThatItLeft() async throws {
    let executor = FakeExecutor { run in
      guard let spec = run.spec.work as? TrainSpec else { return await FakeExecutor.succeed(run) }
      return ExecutionEnd(
        exit: .exited(3),
        last: .failed(
          JobFailure(
            kind: .refused, code: "truncated-archive", stage: "survey", message: "\(spec.archive): byte 512: ends",
            file: spec.archive, offset: 512)))
    }
    let harness = try Harness(executor: executor)
    try await harness.serve { life in
      try harness.drop("a.tar", "broken")
      #expect(try await life.reaches(.failed, 1))
      let report = try await life.ledger.report(1)
      #expect(report.failure?.message == "a.tar: byte 512: ends" && report.failure?.file == "a.tar")
      #expect(report.failures?.map(\.message) == ["a.tar: byte 512: ends"])
    }
    #expect(text(at: harness.service.failed + "/1/REASON.txt") == "a.tar: byte 512: ends\n")
    #expect(text(at: harness.service.failed + "/1/REASON.json")?.contains(harness.root.path) == false)
  }

  @Test func aNameLikeOurOwnDoesNotReplaceTheReason() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in FakeExecutor.failed(.refused) })
    try await harness.serve { life in
      try harness.drop("REASON.json", "mine")
      #expect(try await life.reaches(.failed, 1))
      #expect(try await eventually { exists(harness.service.failed + "/1/input-REASON.json") })
    }
    #expect(text(at: harness.service.failed + "/1/input-REASON.json") == archive("mine"))
  }

  @Test func aRetriedJobGetsItsInputBack() async throws {
    let isGood = StopFlag()
    let executor = FakeExecutor { run in
      isGood.isRaised ? await FakeExecutor.succeed(run) : FakeExecutor.failed(.refused)
    }
    let harness = try Harness(executor: executor)
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 1))
      isGood.raise()
      #expect(try await life.pipeline.requests.retry("1") == 1)
      #expect(try await life.reaches(.done, 1))
      #expect(try await life.words() == ["1 release done", "2 train cancelled", "3 train done"])
      #expect(try await life.ledger.report(1).failures?.map(\.code) == ["truncated-member"])
    }
    #expect(!exists(harness.service.failed + "/1"))
  }

  @Test func retryingTheTrainingBringsItsReleaseAlong() async throws {
    let isGood = StopFlag()
    let executor = FakeExecutor { run in
      isGood.isRaised ? await FakeExecutor.succeed(run) : FakeExecutor.failed(.failed)
    }
    let harness = try Harness(executor: executor)
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 1))
      isGood.raise()
      _ = try await life.pipeline.requests.retry("2")
      #expect(try await life.reaches(.done, 1))
      #expect(try await life.words() == ["1 release done", "2 train done"])
    }
    #expect(contents(of: harness.service.failed).isEmpty)
  }

  @Test func aPassingFailureIsTriedAgainUntilItPasses() async throws {
    let executor = FakeExecutor { run in
      run.count <= 8 ? FakeExecutor.failed(.transient, code: "disk-full") : await FakeExecutor.succeed(run)
    }
    let harness = try Harness(executor: executor)
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      let history = try await life.ledger.report(2)
      #expect(history.attempts?.map(\.outcome) == ["finished"] + Array(repeating: "again", count: 8))
      #expect(history.failures?.count == 8)
      #expect(history.crashes == 0)
    }
    // Every run of a job is told exactly the same.
    for id: Int64 in [1, 2] {
      #expect(executor.documents(id).count == 9)
      #expect(Set(executor.documents(id)).count == 1)
    }
  }

  @Test func theReasonToWaitIsVisible() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in FakeExecutor.failed(.transient) }) {
      $0.jobs.retryFirst = .seconds(3600)
      $0.jobs.retryLongest = .seconds(7200)
    }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.waiting, 2))
      let report = try await life.pipeline.scheduler.report(2)
      #expect(report.reason == "a.tar: data_batch_1.bin: ends at 512")
      #expect(try #require(report.until) >= report.filed + 3600)
      #expect(try await life.pipeline.scheduler.report(1).waitsFor == "2")
      // Asked for, it is tried at once, and then waits again.
      _ = try await life.pipeline.requests.retry("2")
      #expect(try await eventually { try await life.ledger.report(2).attempts?.count == 2 })
      await #expect(throws: LedgerError.wrongState(job: "1", state: "waiting for job 2", action: "retried")) {
        try await life.pipeline.requests.retry("1")
      }
    }
  }

  @Test func aCrashingJobIsGivenUpAfterThreeMoreRuns() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in ExecutionEnd(exit: .signalled(11)) })
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 1))
      #expect(try await life.ledger.report(2).attempts?.count == 4)
      #expect(try await life.ledger.report(1).failure?.code == "crashed")
    }
  }

  @Test func aReleaseThatIsNotThereIsNotBelieved() async throws {
    let executor = FakeExecutor { run in
      guard let spec = run.spec.work as? ReleaseSpec, run.count == 1 else { return await FakeExecutor.succeed(run) }
      return FakeExecutor.finished(
        ReleaseResult(
          directory: spec.outbox + "/" + spec.name, archiveDigest: "", samples: 1, markedSamples: 1, skippedSamples: 0
        ))
    }
    let harness = try Harness(executor: executor)
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(try await life.ledger.report(1).attempts?.map(\.outcome) == ["finished", "crashed"])
    }
  }

  @Test func theNamesOfSkippedSamplesAreKeptAndShown() async throws {
    let files = (0..<150).map { SkippedFile(member: "a/\($0).png", reason: "the image ends too early") }
    let executor = FakeExecutor { run in
      let end = await FakeExecutor.succeed(run)
      guard let spec = run.spec.work as? ReleaseSpec else { return end }
      return FakeExecutor.finished(
        ReleaseResult(
          directory: spec.outbox + "/" + spec.name, archiveDigest: "00", samples: 10, markedSamples: 5,
          skippedSamples: 150, skipped: files))
    }
    let harness = try Harness(executor: executor)
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      let report = try await life.ledger.report(1)
      #expect(report.release?.skippedSamples == 150 && report.release?.skipped == Array(files.prefix(100)))
      let line = "150 skipped: a/0.png (the image ends too early), a/1.png (the image ends too early), a/2.png"
      #expect(ReportText.job(report, now: report.filed).contains(line))
      let dataset = try #require(try await life.ledger.datasetReports().first)
      #expect(dataset.skipped?.hasPrefix(line) == true && dataset.skipped?.hasSuffix(" and 147 more") == true)
    }
  }

  @Test func aFullDiskMakesTheJobWait() async throws {
    let isFree = StopFlag()
    var system = HostSystem()
    system.filesystem = { _ in Filesystem(available: isFree.isRaised ? 4506 : 4505, device: 1) }
    let harness = try Harness(system: system)
    try await harness.serve { life in
      // 2,048 bytes.
      try harness.drop("a.tar", "ten bytes!")
      #expect(try await life.reaches(.waiting, 2))
      let reason = try #require(try await life.pipeline.scheduler.report(2).reason)
      #expect(reason.hasPrefix("work has ") && reason.contains(" are needed (2.2 × a.tar)"))
      #expect(harness.executor.specs.isEmpty)
      isFree.raise()
      #expect(try await life.reaches(.done, 1))
    }
  }

  @Test func withoutKeepOriginalsTheArchiveGoesOnceItIsReleased() async throws {
    let harness = try Harness { $0.service.keepOriginals = false }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { works(in: harness.service.work).isEmpty })
      await #expect(throws: ServiceError.noKeptArchive(dataset: "a")) { try await life.pipeline.requests.retrain("a") }
    }
    #expect(contents(of: harness.service.originals).isEmpty)
  }

  @Test func retrainLearnsFromTheKeptArchiveAndReleasesItAgain() async throws {
    let harness = try Harness { $0.datasets = [DatasetRule(name: "d", match: "*", settings: $0.defaults)] }
    try await harness.serve { life in
      await #expect(throws: LedgerError.noSuchDataset("d")) { try await life.pipeline.requests.retrain("d") }
      try harness.drop("a.tar", "one")
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { try await life.ledger.unsettledInputs().isEmpty })
      let training = try await life.pipeline.requests.retrain("d")
      #expect(try await life.reaches(.done, training))
      #expect(try await life.reaches(.done, 4))
      try harness.drop("b.tar", "two")
      #expect(try await life.reaches(.done, 5))
    }
    let specs = harness.executor.specs
    guard let train = specs[2].work as? TrainSpec, let release = specs[3].work as? ReleaseSpec else {
      Issue.record("not a training and then a release")
      return
    }
    #expect(train.archive.hasPrefix(harness.service.originals + "/d/"))
    #expect(release.generator == train.generator)
    #expect(release.archive == train.archive && release.releaseVersion == 2)
    guard let next = specs[4].work as? ReleaseSpec else {
      Issue.record("not a release")
      return
    }
    #expect(next.generator == train.generator && next.releaseVersion == 3)
  }

  @Test func aGeneratorWhoseFileIsGoneIsTrainedAgain() async throws {
    let harness = try Harness { $0.datasets = [DatasetRule(name: "d", match: "*", settings: $0.defaults)] }
    try await harness.serve { life in
      try harness.drop("a.tar", "one")
      #expect(try await life.reaches(.done, 1))
      try FileManager.default.removeItem(atPath: harness.service.vault + "/generators/d-2.safetensors")
      try harness.drop("b.tar", "two")
      #expect(try await life.reaches(.done, 3))
      #expect(try await life.words().last == "4 train done")
    }
  }

  /// The vault could not be read for a moment: its generators were forgotten for ever, and another one trained.
  @Test func aVaultThatIsNotThereIsWaitedFor() async throws {
    let harness = try Harness { $0.datasets = [DatasetRule(name: "d", match: "*", settings: $0.defaults)] }
    let (vault, aside) = (harness.service.vault, harness.root.path + "/unmounted")
    try await harness.serve { life in
      try harness.drop("a.tar", "one")
      #expect(try await life.reaches(.done, 1))
      // As an unmounted volume leaves it: an empty directory.
      try FileManager.default.moveItem(atPath: vault, toPath: aside)
      try FileManager.default.createDirectory(atPath: vault, withIntermediateDirectories: false)
      try harness.drop("b.tar", "two")
      #expect(
        try await eventually {
          await life.pipeline.scheduler.obstacles().contains { $0.contains("is not the vault that") }
        })
      #expect(try await eventually { try await life.ledger.reports(limit: 10).count == 3 })
      #expect(try await life.ledger.job(3).word == .queued)
    }
    #expect(contents(of: vault).isEmpty)
    try FileManager.default.removeItem(atPath: vault)
    try FileManager.default.moveItem(atPath: aside, toPath: vault)
    try await harness.serve { (life: Harness.Life) async throws in
      #expect(try await life.reaches(.done, 3))
      #expect(try await life.words() == ["1 release done", "2 train done", "3 release done"])
    }
  }

  @Test func jobsRunAtOnceOnlyAsManyAsAllowed() async throws {
    let peak = Mutex((now: 0, most: 0))
    let executor = FakeExecutor { run in
      peak.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      // Nobody ends before two have been seen together; a third would be seen too.
      _ = try? await eventually { peak.withLock { $0.most } >= 2 }
      try? await Task.sleep(for: .milliseconds(30))
      peak.withLock { $0.now -= 1 }
      return await FakeExecutor.succeed(run)
    }
    let harness = try Harness(executor: executor) { $0.jobs.concurrent = 2 }
    try await harness.serve { life in
      for name in ["a", "b", "c", "d"] { try harness.drop("\(name).tar", name) }
      #expect(try await eventually { try await life.ledger.counts()[.done] == 8 })
    }
    #expect(peak.withLock { $0.most } == 2)
  }

  @Test func aReleaseNumberIsNeverUsedTwice() async throws {
    let harness = try Harness()
    // From a ledger that is no longer there.
    try harness.root.write("", to: "outbox/release-a-4/manifest-sha256.txt")
    try harness.root.write("", to: "vault/release-a-6/opening.json")
    try harness.root.write("", to: "vault/release-a-b-9/opening.json")
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
    }
    #expect(exists(harness.service.outbox + "/release-a-7"))
  }

  @Test func aRetriedReleaseDoesNotMeetItsOwnTraces() async throws {
    let isGood = StopFlag()
    let executor = FakeExecutor { run in
      guard let spec = run.spec.work as? ReleaseSpec, !isGood.isRaised else { return await FakeExecutor.succeed(run) }
      try? FileManager.default.createDirectory(
        atPath: spec.vault + "/" + spec.name, withIntermediateDirectories: false)
      return FakeExecutor.failed(.failed)
    }
    let harness = try Harness(executor: executor)
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 1))
      isGood.raise()
      _ = try await life.pipeline.requests.retry("1")
      #expect(try await life.reaches(.done, 1))
    }
    #expect(contents(of: harness.service.outbox).filter { $0.hasPrefix("release") } == ["release-a-2"])
  }

  @Test func whatEndsAnywhereEndsInTheHistory() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in FakeExecutor.failed(.refused) })
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 1))
      let jobs = try await life.pipeline.scheduler.reports(limit: 10).jobs
      #expect(ReportText.jobs(JobsReport(jobs: jobs), now: 0).contains("a.tar: data_batch_1.bin: ends at 512"))
      #expect(try await life.ledger.report(2).attempts?.map(\.exit) == [3])
    }
  }
}
