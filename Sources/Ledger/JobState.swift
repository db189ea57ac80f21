/// Where a job stands. Times are milliseconds since 1970.
///
/// ```
/// queued ──start──▶ running ──finish──▶ done
///   ▲  ▲             │ │ └───fail─────▶ failed ──┐
///   │  └──interrupt──┘ └────wait──────▶ waiting  │
///   └──────resume──────────────────────────┘ ▲   │      cancel: from queued, running, waiting ──▶ cancelled
///   └────────────────────retry───────────────────┘      retry: from waiting, failed, cancelled
/// ```
package enum JobState: Sendable, Equatable {
  case queued
  case running
  /// Not before `until`; nil waits for another job.
  case waiting(reason: String, until: Int?)
  case done
  case failed
  case cancelled

  package enum Word: String, Codable, Sendable, CaseIterable {
    case queued, running, waiting, done, failed, cancelled
  }

  package var word: Word {
    switch self {
    case .queued: .queued
    case .running: .running
    case .waiting: .waiting
    case .done: .done
    case .failed: .failed
    case .cancelled: .cancelled
    }
  }

  /// Whether there is still something to do.
  package var isActive: Bool {
    switch self {
    case .queued, .running, .waiting: true
    case .done, .failed, .cancelled: false
    }
  }
}

/// What can happen to a job.
package enum JobChange: Sendable, Equatable {
  case start
  case wait(reason: String, until: Int?)
  case resume
  /// The process ended with the daemon, or on its request, without a result.
  case interrupt
  case finish
  case fail
  case cancel
  case retry
}

extension JobState {
  /// The state after `change`; nil when it cannot happen here.
  package func after(_ change: JobChange) -> JobState? {
    switch (word, change) {
    case (.queued, .start): .running
    case (.queued, .wait(let reason, let until)), (.waiting, .wait(let reason, let until)),
      (.running, .wait(let reason, let until)):
      .waiting(reason: reason, until: until)
    case (.waiting, .resume), (.running, .interrupt): .queued
    case (.running, .finish): .done
    // A job fails without having run when the job it waits for fails, or its input is gone.
    case (.queued, .fail), (.waiting, .fail), (.running, .fail): .failed
    case (.queued, .cancel), (.waiting, .cancel), (.running, .cancel): .cancelled
    case (.waiting, .retry), (.failed, .retry), (.cancelled, .retry): .queued
    default: nil
    }
  }
}

extension JobState.Word {
  /// A job with one of these has still something to do: a list for SQL.
  package static let active = [JobState.Word.queued, .waiting, .running].sql
}

extension RawRepresentable<String> {
  /// As SQL writes it. For our own words only: nothing is escaped.
  package var sql: String { "'\(rawValue)'" }
}

extension Sequence where Element: RawRepresentable<String> {
  /// As a list of SQL.
  package var sql: String { "(" + map(\.sql).joined(separator: ", ") + ")" }
}
