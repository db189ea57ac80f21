import Synchronization

/// Raised once, by whoever ends the service.
package final class StopFlag: Sendable {
  private let flag = Mutex(false)

  package init() {}

  package func raise() {
    flag.withLock { $0 = true }
  }

  package var isRaised: Bool { flag.withLock { $0 } }
}
