import Synchronization

/// Says once that the daemon serves: when the inbox has been looked at, and the control socket and the page, if there is
/// one, answer.
final class Readiness: Sendable {
  enum Part: Sendable {
    case inbox, control, page
  }

  private let missing: Mutex<Set<Part>>
  private let announce: @Sendable () -> Void

  init(of parts: Set<Part> = [.inbox, .control], announce: @escaping @Sendable () -> Void) {
    missing = Mutex(parts)
    self.announce = announce
  }

  func reached(_ part: Part) {
    let isComplete = missing.withLock { $0.remove(part) != nil && $0.isEmpty }
    if isComplete { announce() }
  }
}
