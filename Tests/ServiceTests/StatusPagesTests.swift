import Glibc
import Jobs
import Logging
import NIOCore
import Suspects
import Testing

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

/// The status page's content, without the network.
@Suite struct StatusPagesTests {
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private func pages(_ harness: Harness, _ life: Harness.Life) -> StatusPages {
    let control = ControlServer(
      path: harness.service.socket, pipeline: life.pipeline, inbox: life.inbox, configuration: life.box,
      ledger: life.ledger, system: harness.system, started: harness.system.now(), logger: logger, onRunning: {})
    return StatusPages(
      ledger: life.ledger, pipeline: life.pipeline, configuration: life.box, heartbeats: life.heartbeats,
      system: harness.system,
      status: { try await control.status() })
  }

  @Test func everyFailedArchiveIsOneProblemHoweverManyAreListed() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in FakeExecutor.failed(.refused) })
    try await harness.serve { life in
      for number in 1...12 { try harness.drop("a\(number).tar", "\(number)") }
      // Not the count of failed jobs: while trainings and their releases fail one by one it may pass through any number.
      #expect(
        try await eventually {
          try await life.ledger.reports(limit: 100).count { $0.kind == .release && $0.state == "failed" } == 12
        })
      let page = try await pages(harness, life).overview()
      #expect(page.contains("12 problems") && page.contains("2 earlier jobs failed, too"), "\(page)")
      let releases = try await life.ledger.reports(limit: 100).filter { $0.kind == .release }.map(\.id)
      for id in releases.prefix(10) { #expect(page.contains("Job \(id) failed: a.tar"), "\(id)") }
      for id in releases.suffix(2) { #expect(!page.contains("Job \(id) failed: a.tar"), "\(id)") }
    }
  }

  @Test func aTrainingThatFailedBeforeItsReleaseWasRetriedIsNoProblemAnyMore() async throws {
    let isGood = StopFlag()
    let executor = FakeExecutor { run in
      isGood.isRaised ? await FakeExecutor.succeed(run) : FakeExecutor.failed(.failed)
    }
    let harness = try Harness(executor: executor)
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 1))
      isGood.raise()
      _ = try await life.pipeline.requests.retry("1")
      #expect(try await life.reaches(.done, 1))
      #expect(try await life.words() == ["1 release done", "2 train failed", "3 train done"])
      #expect(try await pages(harness, life).overview().contains("In order"))
    }
  }

  @Test func anAlertThatNobodyTookNeedsAttention() async throws {
    let harness = try Harness { $0.alerts.command = ["/nowhere/page-me"] }
    try await harness.serve { life in
      let shown = pages(harness, life)
      try await life.ledger.raise(
        AlertRecord(kind: .evidence, subject: "acme release-d-1", suspect: "acme", message: "found", now: 0))
      #expect(try await shown.status().alerts.isEmpty)
      let alerts = AlertService(
        ledger: life.ledger, configuration: life.box, system: harness.system, logger: logger, doorbell: Doorbell())
      _ = await alerts.deliver()
      let trouble = "evidence acme release-d-1: /nowhere/page-me: No such file or directory"
      let status = try await shown.status()
      #expect(status.alerts == [trouble])
      #expect(
        ReportText.status(status, now: status.started).hasSuffix("\nalerts         1 not delivered\n  \(trouble)"))
      #expect(try await shown.overview().contains("Alert not delivered, \(trouble)"))
      #expect(try await shown.metrics().contains("dandyroll_undelivered_alerts 1\n"))
    }
  }

  @Test func aSuspectThatCannotBeAuditedNeedsAttention() async throws {
    let harness = try Harness { configuration in
      configuration.suspects = [.acme(dataset: "nosuchdataset")]
    }
    try await harness.serve { life in
      let shown = pages(harness, life)
      let status = try await shown.status()
      let trouble = "acme cannot be audited: no release of nosuchdataset yet"
      #expect(ReportText.status(status, now: status.started).contains("\n  \(trouble)"))
      #expect(try await shown.overview().contains(trouble))
      // The ledger knows a suspect once the pipeline has looked at the configuration.
      #expect(
        try await eventually {
          (try? await shown.suspect("acme"))?.contains("no release of nosuchdataset yet") == true
        })
    }
  }

  @Test func aHeldReleaseSaysWhatMayBeDone() async throws {
    let executor = FakeExecutor { run in
      guard let spec = run.spec.work as? QualifySpec else { return await FakeExecutor.succeed(run) }
      return (try? FakeExecutor.qualify(spec, .held, ["ΔP is down to 3 points"])) ?? ExecutionEnd(exit: .exited(1))
    }
    let harness = try Harness(executor: executor) { $0.defaults.qualify = true }
    try await harness.serve { life in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 3))
      let held = try await pages(harness, life).release("release-a-1")
      for command in ["publish release-a-1", "retry 3", "retry 1"] {
        #expect(held.contains("<code>dandyroll \(command)</code>"), "\(command)")
      }
      _ = try await life.pipeline.requests.publish("release-a-1")
      #expect(try await !pages(harness, life).release("release-a-1").contains("dandyroll publish"))
    }
  }

  @Test func aPortThatIsTakenIsSaidInWords() async throws {
    let harness = try Harness()
    let life = try harness.life()
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 1) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    try #require(result)
    let port = Int(UInt16(bigEndian: address.sin_port))
    var settings = PageSettings()
    settings.listen = "127.0.0.1:\(port)"
    let server = PageServer(
      address: .network(host: "127.0.0.1", port: port), settings: settings, pages: pages(harness, life), logger: logger)
    let expected = FileError.socket(
      path: settings.listen, reason: "Address already in use", key: "page.listen")
    await #expect(throws: expected) { try await server.run() }
    #expect("\(expected)" == "127.0.0.1:\(port): cannot listen: Address already in use; set page.listen")
  }
}
