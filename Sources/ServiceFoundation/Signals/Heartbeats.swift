import Synchronization

/// Signs of life. The watchdog is fed only while every loop that has ever beaten goes on beating.
package final class Heartbeats: Sendable {
  package enum Part: String, Sendable, CaseIterable {
    /// The loop that looks for files.
    case discovery
    /// Reading and taking files; beats only matter while there is one.
    case intake
    /// The loop that starts jobs.
    case scheduler
    /// Processes at work; beats only matter while there is one.
    case jobs
  }

  /// How long a loop may be silent. The loops wake at least every five seconds.
  static let longestSilence = 60_000

  private let beats = Mutex<[Part: Int]>([:])

  package init() {}

  /// Notes a sign of life at `now`, milliseconds on the steady clock.
  package func beat(_ part: Part, at now: Int) {
    beats.withLock { $0[part] = now }
  }

  /// A part that has nothing to do is not expected to beat.
  package func rest(_ part: Part) {
    beats.withLock { $0[part] = nil }
  }

  /// Parts that have been silent for too long.
  package func silent(at now: Int) -> [Part] {
    beats.withLock { beats in
      Part.allCases.filter { part in beats[part].map { now - $0 > Self.longestSilence } ?? false }
    }
  }
}
