import Foundation
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation
import ServiceLifecycle
import Synchronization

/// Tells people about alerts until each way has taken them.
///
/// The ledger has an alert once. It is handed over at least once: a crash between a receiver's answer and the ledger's note
/// of it sends the same alert with the same identifier again.
struct AlertService: Service {
  let ledger: Ledger
  let configuration: ConfigurationBox
  let system: HostSystem
  let logger: Logger
  /// Rung when an alert is raised.
  let doorbell: Doorbell
  private let waits = Waits()

  private final class Waits: Sendable {
    let table = Mutex(WaitTable())
  }

  private static let longestPause = Duration.seconds(3600)

  func run() async {
    await withGracefulShutdownHandler {
      while !Task.isShuttingDownGracefully, !Task.isCancelled {
        let pause = await deliver()
        await doorbell.wait(atMost: pause)
      }
    } onGracefulShutdown: {
      doorbell.ring()
    }
  }

  /// Tries every open alert that is due; returns how long nothing will happen by itself, at most a minute.
  func deliver() async -> Duration {
    let current = configuration.current
    let delivery = AlertDelivery(settings: current.alerts, signingKey: current.service.signingKey)
    let ways = (command: !current.alerts.command.isEmpty, webhook: !current.alerts.webhook.isEmpty)
    do {
      var next = system.now() + 60_000
      for alert in try await ledger.openAlerts(command: ways.command, webhook: ways.webhook) {
        let until = end(of: alert)
        if until > system.now() {
          next = min(next, until)
          continue
        }
        let tried = try await hand(alert, to: delivery, ways)
        if tried.problem != nil { next = min(next, tried.until) }
      }
      return .milliseconds(max(10, next - system.now()))
    } catch {
      logger.error("alerts cannot be read from the ledger: \(error)")
      return .seconds(5)
    }
  }

  /// When an alert is to be tried again, whatever becomes of the wall clock.
  private func end(of alert: AlertRecord) -> Int {
    guard let id = alert.id else { return alert.until }
    return waits.table.withLock {
      $0.end(
        of: id, until: alert.until, longest: Self.longestPause.milliseconds, now: system.now(), steady: system.steady())
    }
  }

  private func hand(
    _ alert: AlertRecord, to delivery: AlertDelivery, _ ways: (command: Bool, webhook: Bool)
  ) async throws -> AlertRecord {
    var alert = alert
    let id = alert.identifier
    var problems: [String] = []
    if ways.command, alert.commanded == nil {
      do {
        try await delivery.command(alert.body, id: id)
        alert.commanded = system.now()
        try await ledger.update(alert)
      } catch let error as AlertDelivery.Refused {
        problems.append(error.description)
      } catch let error as any DaemonError {
        problems.append(error.description)
      }
    }
    if ways.webhook, alert.posted == nil {
      do {
        try await delivery.post(alert.body, id: id)
        alert.posted = system.now()
        try await ledger.update(alert)
      } catch let error as AlertDelivery.Refused {
        problems.append(error.description)
      } catch let error as any DaemonError {
        problems.append(error.description)
      }
    }
    alert.problem = problems.isEmpty ? nil : problems.joined(separator: "; ")
    if let problem = alert.problem {
      alert.tries += 1
      alert.until = system.now() + Backoff.pause(after: alert.tries, first: .seconds(10), longest: Self.longestPause)
      logger.error("an alert was not taken, trying again: \(problem)", metadata: ["alert": "\(id)"])
    } else {
      logger.notice("alert handed over", metadata: ["alert": "\(id)"])
    }
    try await ledger.update(alert)
    return alert
  }
}
