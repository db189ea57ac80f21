import Synchronization

/// Says once that the daemon serves: when the inbox has been looked at and the control socket answers.
final class Readiness: Sendable {
  enum Part: Sendable, CaseIterable {
    case inbox, control
  }

  private let missing = Mutex(Set(Part.allCases))
  private let announce: @Sendable () -> Void

  init(announce: @escaping @Sendable () -> Void) {
    self.announce = announce
  }

  func reached(_ part: Part) {
    let isComplete = missing.withLock { $0.remove(part) != nil && $0.isEmpty }
    if isComplete { announce() }
  }
}
