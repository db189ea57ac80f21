import Foundation
import Foundations
import Jobs
import Suspects
import Synchronization
import Testing

@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

@Suite struct AuditPipelineTests {
  /// Releases one archive and then plays audits with `outcome`.
  private func harness(
    schedule: String = "@yearly", outcome: String = "not-shown",
    change: (inout ServiceConfiguration.Configuration) -> Void = { _ in }
  ) throws -> Harness {
    let executor = FakeExecutor { run in
      guard let spec = run.spec.work as? AuditSpec else { return await FakeExecutor.succeed(run) }
      return Self.audited(spec, outcome)
    }
    return try Harness(executor: executor) { configuration in
      configuration.datasets = [DatasetRule(name: "d", match: "*", settings: configuration.defaults)]
      configuration.suspects = [.acme(dataset: "d", schedule: schedule)]
      change(&configuration)
    }
  }

  static func audited(
    _ spec: AuditSpec, _ outcome: String, generator: String = "00", reused: Int = 0
  ) -> ExecutionEnd {
    var result = AuditResult(
      suspect: spec.name, release: (spec.release as NSString).lastPathComponent, generator: generator,
      number: spec.number, outcome: outcome, reasons: [])
    result.wsr = 0.4
    result.reused = reused
    return FakeExecutor.finished(result)
  }

  @Test func anAuditOnRequestIsFiledRunAndKept() async throws {
    let harness = try harness()
    try await harness.serve { life in
      await #expect(throws: ServiceError.noRelease(suspect: "acme", dataset: "d")) {
        try await life.pipeline.audits.file("acme")
      }
      await #expect(throws: ConfigurationError.noSuchSuspect("nobody")) {
        try await life.pipeline.audits.file("nobody")
      }
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      let job = try await life.pipeline.audits.file("acme")
      #expect(try await life.reaches(.done, job))
      let report = try await life.pipeline.audits.report(of: "acme", limit: 5)
      #expect(report.suspects.map(\.outcome) == ["not-shown"])
      #expect(report.suspects[0].audits.map(\.job) == ["\(job)"])
      #expect(report.suspects[0].audits[0].release == "release-d-1")
    }
    let last = try #require(harness.executor.specs.last)
    guard let spec = last.work as? AuditSpec else {
      Issue.record("not an audit")
      return
    }
    #expect(spec.release == harness.service.outbox + "/release-d-1")
    #expect(spec.judgement.alpha == 0.005)
    let suspect = try CanonicalJSON.decode(Suspect.self, from: spec.suspect.utf8)
    #expect(suspect.url == "https://acme.example/v2/models/m")
  }

  @Test func whatKeepsASuspectFromBeingAuditedIsSaid() async throws {
    let harness = try harness {
      var other = $0.suspects[0]
      other.endpoint.name = "other"
      other.release = 7
      $0.suspects[0].credential = "missing-token"
      $0.suspects.append(other)
    }
    try await harness.serve { life in
      #expect(
        try await life.pipeline.audits.obstacles()
          == ["acme": "no release of d yet; no credential missing-token", "other": "no release of d yet"])
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(
        try await life.pipeline.audits.obstacles()
          == ["acme": "no credential missing-token", "other": "no release 7 of d yet"])
      let report = try await life.pipeline.audits.report(of: "acme", limit: 5)
      let text = ReportText.audits(report, now: 0)
      #expect(text.contains("\n  cannot be audited: no credential missing-token\n  next in "))
    }
  }

  @Test func aCredentialInAFileOfItsOwnIsLookedFor() async throws {
    let root = try TemporaryDirectory()
    let played = try self.harness { $0.suspects[0].credential = root.path + "/token" }
    try await played.serve { (life: Harness.Life) async throws in
      try played.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(try await life.pipeline.audits.obstacles() == ["acme": "no credential \(root.path)/token"])
      try root.write("secret", to: "token")
      #expect(try await life.pipeline.audits.obstacles().isEmpty)
    }
  }

  @Test func aDueAuditIsFiledOnceAndAMissedOneIsCaughtUpOnce() async throws {
    let clock = Mutex(1_800_000_000_000)
    var system = HostSystem()
    system.now = { clock.withLock { $0 } }
    let played = try self.harness(schedule: "0 3 * * *") { $0.audits.spread = Duration.seconds(0) }
    let harness = try Harness(root: played.root, executor: played.executor, system: system) {
      $0 = played.configuration
    }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      // Ten days later: ten were missed, one is caught up.
      clock.withLock { $0 += 10 * 86_400_000 }
      life.pipeline.doorbell.ring()
      #expect(try await life.reaches(.done, 3))
      life.pipeline.doorbell.ring()
      try await Task.sleep(for: .milliseconds(100))
      #expect(try await life.ledger.reports(limit: 10).count == 3)
    }
    // Another life at the same time files nothing; a day later it does.
    try await harness.serve { life in
      life.pipeline.doorbell.ring()
      try await Task.sleep(for: .milliseconds(100))
      #expect(try await life.ledger.reports(limit: 10).count == 3)
      clock.withLock { $0 += 86_400_000 }
      life.pipeline.doorbell.ring()
      #expect(try await life.reaches(.done, 4))
    }
  }

  @Test func auditsOfOneSuspectDoNotOverlapAndDoNotTakeTheOtherJobsPlaces() async throws {
    let gate = Mutex(false)
    let executor = FakeExecutor { run in
      guard let spec = run.spec.work as? AuditSpec else { return await FakeExecutor.succeed(run) }
      while !gate.withLock({ $0 }), run.job.stopRequest == nil { try? await Task.sleep(for: .milliseconds(5)) }
      return Self.audited(spec, "not-shown")
    }
    let played = try self.harness()
    let harness = try Harness(root: played.root, executor: executor) { $0 = played.configuration }
    try await harness.serve { life in
      try harness.drop("a.tar", "one")
      #expect(try await life.reaches(.done, 1))
      let job = try await life.pipeline.audits.file("acme")
      #expect(try await life.reaches(.running, job))
      #expect(try await life.pipeline.audits.file("acme") == job)
      try harness.drop("b.tar", "two")
      #expect(try await life.reaches(.done, 4))
      gate.withLock { $0 = true }
      #expect(try await life.reaches(.done, job))
    }
  }

  @Test func evidenceRaisesOneAlertHoweverOftenItIsFound() async throws {
    let harness = try harness(outcome: "trained-on")
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      for _ in 0..<3 {
        let job = try await life.pipeline.audits.file("acme")
        #expect(try await life.reaches(.done, job))
      }
      let open = try await life.ledger.openAlerts(command: true, webhook: false)
      #expect(open.map(\.kind) == [.evidence])
      #expect(open.map(\.subject) == ["acme release-d-1"])
    }
  }

  @Test func anAuditThatEndsLateIsAnAlarmOnceAlsoAfterARestart() async throws {
    let clock = Mutex(1_800_000_000_000)
    var system = HostSystem()
    system.now = { clock.withLock { $0 } }
    let played = try self.harness()
    let harness = try Harness(root: played.root, executor: FakeExecutor(FakeExecutor.stuckAudits), system: system) {
      $0 = played.configuration
    }
    let job = try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      let job = try await life.pipeline.audits.file("acme")
      #expect(try await life.reaches(.running, job))
      // An hour before the limit there is nothing to say.
      clock.withLock { $0 += 23 * 3_600_000 }
      life.pipeline.doorbell.ring()
      try await Task.sleep(for: .milliseconds(100))
      #expect(try await life.ledger.openAlerts(command: true, webhook: true).isEmpty)
      for _ in 0..<3 {
        clock.withLock { $0 += 2 * 3_600_000 }
        life.pipeline.doorbell.ring()
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(try await eventually { try await life.ledger.openAlerts(command: true, webhook: true).count == 1 })
      return job
    }
    try await harness.serve { life in
      life.pipeline.doorbell.ring()
      #expect(try await life.reaches(.running, job))
      try await Task.sleep(for: .milliseconds(100))
      let open = try await life.ledger.openAlerts(command: true, webhook: true)
      #expect(open.map(\.kind) == [.runLate] && open.map(\.subject) == ["acme job \(job)"])
      #expect(open.first?.body.contains("is not over") == true)
    }
  }

  @Test func anAuditThatCannotBeginInTimeIsAnAlarmOnce() async throws {
    let clock = Mutex(1_800_000_000_000)
    var system = HostSystem()
    system.now = { clock.withLock { $0 } }
    // One place for audits, and somebody else's audit in it.
    let played = try self.harness {
      $0.audits.concurrent = 1
      var other = $0.suspects[0]
      other.endpoint.name = "other"
      $0.suspects.append(other)
    }
    let harness = try Harness(root: played.root, executor: FakeExecutor(FakeExecutor.stuckAudits), system: system) {
      $0 = played.configuration
    }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      let first = try await life.pipeline.audits.file("other")
      #expect(try await life.reaches(.running, first))
      let job = try await life.pipeline.audits.file("acme")
      clock.withLock { $0 += 5 * 3_600_000 }
      life.pipeline.doorbell.ring()
      try await Task.sleep(for: .milliseconds(100))
      #expect(try await life.ledger.openAlerts(command: true, webhook: true).isEmpty)
      for _ in 0..<3 {
        clock.withLock { $0 += 2 * 3_600_000 }
        life.pipeline.doorbell.ring()
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(try await eventually { try await life.ledger.openAlerts(command: true, webhook: true).count == 1 })
      let open = try await life.ledger.openAlerts(command: true, webhook: true)
      #expect(open.map(\.kind) == [.startLate] && open.map(\.subject) == ["acme job \(job)"])
      #expect(open.first?.body.contains("has not begun") == true)
      #expect(try await life.ledger.job(job).word == .queued)
    }
  }

  @Test func eachRuleHoldsForWhatItSaysAndNothingElse() throws {
    var result = AuditResult(
      suspect: "acme", release: "release-d-1", generator: "00", number: 1, outcome: "trained-on", reasons: [])
    let weak = try #require(RetrainRule("wsr-below 0.5"))
    result.wsr = 0.49
    #expect(weak.holds(result, generatorAge: 0))
    result.wsr = 0.5
    #expect(!weak.holds(result, generatorAge: 0))
    result.wsr = nil
    #expect(!weak.holds(result, generatorAge: 0))
    // An innocent model's weak answer says nothing about the mark.
    result.wsr = 0.1
    for outcome in ["not-shown", "inconclusive"] {
      result.outcome = outcome
      #expect(!weak.holds(result, generatorAge: 0))
    }
    let old = try #require(RetrainRule("generator-older-than 180d"))
    #expect(!old.holds(result, generatorAge: 180 * 86_400))
    #expect(old.holds(result, generatorAge: 180 * 86_400 + 1))
    let exhausted = try #require(RetrainRule("pool-exhausted"))
    #expect(!exhausted.holds(result, generatorAge: .max))
    result.reused = 1
    #expect(exhausted.holds(result, generatorAge: 0))
    for text in [
      "wsr-below 0", "wsr-below 1.1", "wsr-below", "generator-older-than 180", "generator-older-than 0d",
      "pool-exhausted 1", "", "other",
    ] {
      #expect(RetrainRule(text) == nil, "\(text)")
    }
    for rule in [weak, old, exhausted] { #expect(RetrainRule(rule.text) == rule) }
  }

  /// A rule that does not hold trains nothing; then time passes, or the pool is used up, and it does, once.
  @Test(arguments: [RetrainRule.generatorOlderThan(days: 30), .poolExhausted])
  func aRuleThatHoldsLaterTrainsOnce(rule: RetrainRule) async throws {
    let clock = Mutex(1_800_000_000_000)
    let reused = Mutex(0)
    var system = HostSystem()
    system.now = { clock.withLock { $0 } }
    let executor = FakeExecutor { run in
      switch run.spec.work {
      // Its generator is job 2's.
      case let spec as AuditSpec: return Self.audited(spec, "not-shown", generator: "2", reused: reused.withLock { $0 })
      case let spec as TrainSpec:
        _ = await FakeExecutor.succeed(run)
        return FakeExecutor.finished(
          TrainResult(
            generator: spec.generator, generatorDigest: run.spec.id, target: spec.target, metrics: [:]))
      default: return await FakeExecutor.succeed(run)
      }
    }
    let played = try self.harness { $0.suspects[0].plan.retrainWhen = [rule] }
    let harness = try Harness(root: played.root, executor: executor, system: system) { $0 = played.configuration }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { try await life.ledger.unsettledInputs().isEmpty })
      let first = try await life.pipeline.audits.file("acme")
      #expect(try await life.reaches(.done, first))
      try await Task.sleep(for: .milliseconds(100))
      #expect(try await life.ledger.reports(limit: 10).count == 3)
      if rule == .poolExhausted { reused.withLock { $0 = 4 } } else { clock.withLock { $0 += 31 * 86_400_000 } }
      let second = try await life.pipeline.audits.file("acme")
      #expect(try await life.reaches(.done, second))
      // 5 trains, 6 releases; the suspect's release now has a successor, so that the rule asks for nothing more.
      #expect(try await life.reaches(.done, 6))
      let third = try await life.pipeline.audits.file("acme")
      #expect(try await life.reaches(.done, third))
      try await Task.sleep(for: .milliseconds(100))
      #expect(
        try await life.words() == [
          "1 release done", "2 train done", "3 audit done", "4 audit done", "5 train done", "6 release done",
          "7 audit done",
        ])
    }
  }

  @Test func aRuleThatHoldsTrainsAGeneratorAndReleasesAgain() async throws {
    let harness = try harness(outcome: "trained-on") {
      $0.suspects[0].plan.retrainWhen = [.successBelow(0.5)]
    }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { try await life.ledger.unsettledInputs().isEmpty })
      let job = try await life.pipeline.audits.file("acme")
      #expect(try await life.reaches(.done, job))
      // 4 trains, 5 releases; the suspect stays with the release that it was asked about.
      #expect(try await life.reaches(.done, 5))
      #expect(
        try await life.words() == ["1 release done", "2 train done", "3 audit done", "4 train done", "5 release done"])
      let next = try await life.pipeline.audits.file("acme")
      #expect(try await life.reaches(.done, next))
      let audits = try await life.pipeline.audits.report(of: "acme", limit: 5).suspects[0].audits
      #expect(audits.map(\.release) == ["release-d-1", "release-d-1"])
    }
  }

  @Test func aThousandSuspectsCostNothingBetweenTheirTimes() throws {
    let schedule = Schedule(try CronExpression("0 3 * * mon"), in: try #require(TimeZone(identifier: "Europe/Berlin")))
    let suspects = (0..<1000).map { ("s\($0)", AuditClock(schedule, suspect: "s\($0)", spread: 600)) }
    let now = 1_800_000_000
    var table = AuditTimetable(suspects.map { (name: $0.0, clock: $0.1) }, last: [:], now: now)
    #expect(table.next > now)
    #expect(table.due(at: table.next - 1).isEmpty)
    var filed = 0
    var moment = table.next
    while filed < 1000 {
      for (name, due) in table.due(at: moment) {
        table.file(name, due: due, now: moment)
        filed += 1
      }
      moment = table.next
    }
    #expect(filed == 1000)
    // The next round is a week later.
    #expect(table.next - now > 86_400)
  }
}

extension FakeExecutor {
  static let stuckAudits: @Sendable (Run) async -> ExecutionEnd = { run in
    if run.spec.work is AuditSpec { return await untilStopped(run) }
    return await succeed(run)
  }
}
