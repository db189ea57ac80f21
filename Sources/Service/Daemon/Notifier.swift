import CLinux
import Logging
import ServiceFoundation
import Synchronization

/// What the service manager is told (sd_notify). Without a service manager every message goes nowhere.
final class Notifier: Sendable {
  private let socket: String?
  private let logger: Logger
  private let lastStatus = Mutex("")

  /// `socket` is the environment's NOTIFY_SOCKET.
  init(socket: String?, logger: Logger) {
    self.socket = socket
    self.logger = logger
  }

  /// The first rescan is done.
  func ready() {
    send("READY=1")
  }

  /// One line for `systemctl status`; repeated ones are not sent.
  func status(_ text: String) {
    let line = text.replacing("\n", with: " ")
    let isNew = lastStatus.withLock { last in
      defer { last = line }
      return last != line
    }
    if isNew { send("STATUS=\(line)") }
  }

  func alive() {
    send("WATCHDOG=1")
  }

  func reloading() {
    send("RELOADING=1\nMONOTONIC_USEC=\(clinux_monotonic_microseconds())")
  }

  func stopping() {
    send("STOPPING=1")
  }

  /// Asks for more time to stop.
  func extend(by duration: Duration) {
    send("EXTEND_TIMEOUT_USEC=\(duration.milliseconds * 1000)")
  }

  private func send(_ message: String) {
    guard let socket else { return }
    let result = clinux_notify(socket, message)
    if result != 0 {
      logger.warning("the service manager cannot be told: \(Errno.text(-result))", metadata: ["message": "\(message)"])
    }
  }
}
