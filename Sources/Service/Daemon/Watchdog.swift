import Logging
import ServiceFoundation
import ServiceLifecycle

/// Feeds the service manager's watchdog while the loops and the jobs show signs of life.
struct Watchdog: Service {
  /// Between two messages; nil if the service manager does not watch.
  let interval: Duration?
  let heartbeats: Heartbeats
  let notifier: Notifier
  let clock: @Sendable () -> Int
  let logger: Logger

  /// A third of WATCHDOG_USEC, so that one late message does no harm.
  static func interval(environment: [String: String]) -> Duration? {
    environment["WATCHDOG_USEC"].flatMap { Int($0) }.flatMap { $0 > 0 ? .microseconds($0 / 3) : nil }
  }

  func run() async throws {
    guard let interval else { return try await gracefulShutdown() }
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        feed()
        try? await Task.sleep(for: interval)
      }
    }
  }

  /// One message, unless something stands still.
  func feed() {
    let silent = heartbeats.silent(at: clock())
    if silent.isEmpty {
      notifier.alive()
    } else {
      logger.critical("no sign of life from \(silent.map(\.rawValue).joined(separator: ", ")): the watchdog goes unfed")
    }
  }
}
