import Foundation
import Jobs
import Synchronization
import Testing

@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

/// The wall clock is set while something waits.
@Suite struct WaitTableTests {
  private static let day = 86_400_000

  @Test func aWaitIsOverAtItsMomentWhileTheClockGoesOn() {
    var table = WaitTable()
    #expect(table.end(of: 1, until: 5000, longest: 9000, now: 1000, steady: 0) == 5000)
    #expect(table.end(of: 1, until: 5000, longest: 9000, now: 4999, steady: 3999) == 5000)
    #expect(table.end(of: 1, until: 5000, longest: 9000, now: 5000, steady: 4000) == 5000)
  }

  @Test func aClockThatIsSetBackMakesNoWaitLonger() {
    var table = WaitTable()
    let start = 30 * Self.day
    _ = table.end(of: 1, until: start + 5000, longest: 9000, now: start, steady: 0)
    // Two of its five seconds later the clock says yesterday.
    let now = start + 2000 - Self.day
    #expect(table.end(of: 1, until: start + 5000, longest: 9000, now: now, steady: 2000) == now + 3000)
    #expect(table.end(of: 1, now: now, steady: 2000) == now + 3000)
    #expect(table.end(of: 1, until: start + 5000, longest: 9000, now: now + 3000, steady: 5000) <= now + 3000)
  }

  @Test func aClockThatWasSetBackBetweenTwoProcessesAddsNoMoreThanTheLongestWait() {
    var table = WaitTable()
    let now = 39 * Self.day
    #expect(table.end(of: 1, until: now + Self.day, longest: 9000, now: now, steady: 7) == now + 9000)
  }

  @Test func anotherWaitOfTheSameJobBeginsAnew() {
    var table = WaitTable()
    _ = table.end(of: 1, until: 5000, longest: 9000, now: 0, steady: 0)
    #expect(table.end(of: 1, until: 8000, longest: 9000, now: 2000, steady: 2000) == 8000)
    table.keep([])
    #expect(table.end(of: 1, now: 2000, steady: 2000) == nil)
  }

  @Test func aJobDoesNotWaitADayForAClockThatWasSetBack() async throws {
    let shift = Mutex(0)
    var system = HostSystem()
    let (now, steady) = (system.now, system.steady)
    system.now = { now() + shift.withLock { $0 } }
    // The steady clock passes the wait at once when the test says so.
    let leap = Mutex(0)
    system.steady = { steady() + leap.withLock { $0 } }
    let executor = FakeExecutor { run in
      run.count == 1 ? FakeExecutor.failed(.transient) : await FakeExecutor.succeed(run)
    }
    let harness = try Harness(executor: executor, system: system) {
      $0.jobs.retryFirst = .seconds(3600)
      $0.jobs.retryLongest = .seconds(7200)
    }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.waiting, 2))
      // Seen waiting, and then the clock is set back a day.
      #expect(try await eventually { await life.pipeline.scheduler.waits.end(of: 2, now: 0, steady: 0) != nil })
      shift.withLock { $0 -= Self.day }
      let report = try await life.pipeline.scheduler.report(2)
      let left = try #require(report.until) - harness.system.now() / 1000
      #expect((0...3600).contains(left), "status says \(left) s")
      leap.withLock { $0 += 3_601_000 }
      life.pipeline.doorbell.ring()
      #expect(try await life.reaches(.done, 2))
    }
  }

  @Test func anAuditThatWasPutOffDoesNotWaitADayForAClockThatWasSetBack() async throws {
    let clock = Mutex(1_800_000_000_000)
    var system = HostSystem()
    system.now = { clock.withLock { $0 } }
    let executor = FakeExecutor { run in
      guard let spec = run.spec.work as? AuditSpec else { return await FakeExecutor.succeed(run) }
      return AuditPipelineTests.audited(spec, "not-shown")
    }
    let harness = try Harness(executor: executor, system: system) { configuration in
      configuration.datasets = [DatasetRule(name: "d", match: "*", settings: configuration.defaults)]
      configuration.suspects = [.acme(dataset: "d", schedule: "0 * * * *")]
      configuration.audits.spread = .zero
    }
    try await harness.serve { life in
      // Due, and there is no release yet: it is put off by half a minute.
      clock.withLock { $0 += 2 * 3_600_000 }
      life.pipeline.doorbell.ring()
      #expect(try await eventually { await life.pipeline.audits.lastLook == 1_800_007_200 })
      clock.withLock { $0 -= Self.day }
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      // The next full hour by the clock as it is now.
      clock.withLock { $0 += 3_600_000 }
      life.pipeline.doorbell.ring()
      #expect(try await life.reaches(.done, 3))
    }
  }

  @Test func anAuditOfAWrongFutureDoesNotPutOffTheNextOnes() throws {
    let schedule = Schedule(try CronExpression("0 * * * *"), in: .gmt)
    let clock = AuditClock(schedule, suspect: "a", spread: 0)
    let now = 1_800_000_000
    // The clock had been a year ahead when the last audit was filed.
    var table = AuditTimetable([(name: "a", clock: clock)], last: ["a": now + 365 * 86_400], now: now)
    #expect(table.next == now + 3600)
    #expect(table.due(at: now + 3600).map(\.due) == [now + 3600])
    // One that was just filed is not filed twice by a clock that goes back a little.
    table = AuditTimetable([(name: "a", clock: clock)], last: ["a": now], now: now - 2)
    #expect(table.due(at: now).isEmpty)
  }
}
