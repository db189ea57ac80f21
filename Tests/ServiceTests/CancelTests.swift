import Foundation
import Jobs
import Testing

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

@Suite struct CancelTests {
  @Test func aRunningTrainingStopsAndTakesItsReleaseAlong() async throws {
    let harness = try Harness(executor: FakeExecutor { await FakeExecutor.untilStopped($0) })
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.running, 2))
      _ = try await life.pipeline.requests.cancel("1")
      #expect(try await life.reaches(.cancelled, 1))
      #expect(try await life.words() == ["1 release cancelled", "2 train cancelled"])
      #expect(try await eventually { exists(harness.service.failed + "/1/a.tar") })
      await #expect(throws: LedgerError.wrongState(job: "1", state: "cancelled", action: "cancelled")) {
        try await life.pipeline.requests.cancel("1")
      }
    }
    #expect(text(at: harness.service.failed + "/1/REASON.txt")?.hasPrefix("cancelled") == true)
  }

  @Test func aWaitingJobIsCancelledAtOnce() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in FakeExecutor.failed(.transient) }) {
      $0.jobs.retryFirst = .seconds(3600)
      $0.jobs.retryLongest = .seconds(3600)
    }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.waiting, 2))
      _ = try await life.pipeline.requests.cancel("2")
      #expect(try await life.reaches(.cancelled, 1))
      #expect(try await life.reaches(.cancelled, 2))
    }
  }

  @Test func aCancelledJobCanBeRetried() async throws {
    let isGood = StopFlag()
    let executor = FakeExecutor { run in
      isGood.isRaised ? await FakeExecutor.succeed(run) : await FakeExecutor.untilStopped(run)
    }
    let harness = try Harness(executor: executor)
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.running, 2))
      _ = try await life.pipeline.requests.cancel("1")
      #expect(try await life.reaches(.cancelled, 1))
      #expect(try await eventually { try await life.ledger.unsettledInputs().isEmpty })
      isGood.raise()
      _ = try await life.pipeline.requests.retry("1")
      #expect(try await life.reaches(.done, 1))
    }
  }

  @Test func anotherArchiveOfTheDatasetIsNotTakenDown() async throws {
    let isGood = StopFlag()
    let executor = FakeExecutor { run in
      isGood.isRaised ? await FakeExecutor.succeed(run) : await FakeExecutor.untilStopped(run)
    }
    let harness = try Harness(executor: executor) {
      $0.datasets = [DatasetRule(name: "d", match: "*", settings: $0.defaults)]
    }
    try await harness.serve { life in
      try harness.drop("a.tar", "one")
      #expect(try await life.reaches(.running, 2))
      try harness.drop("b.tar", "two")
      #expect(try await life.reaches(.waiting, 3))
      isGood.raise()
      _ = try await life.pipeline.requests.cancel("1")
      #expect(try await life.reaches(.cancelled, 1))
      #expect(try await life.reaches(.done, 3))
    }
  }

  @Test func unknownJobsAreNamed() async throws {
    let harness = try Harness()
    try await harness.serve { (life: Harness.Life) async throws in
      for name in ["7", "", "x", "-1", "007", "99999999999999999999"] {
        await #expect(throws: LedgerError.noSuchJob(name)) { try await life.pipeline.requests.cancel(name) }
        await #expect(throws: LedgerError.noSuchJob(name)) { try await life.pipeline.requests.retry(name) }
      }
    }
  }
}
