/// How politely and how persistently a suspect is asked.
package struct AskingPolicy: Sendable, Equatable {
  package var requestsPerSecond: Double = 1
  /// Requests that may follow each other at once after a pause.
  package var burst: Int = 1
  package var inFlight: Int = 2
  /// Attempts at one question.
  package var attempts: Int = 5
  package var firstBackoffMilliseconds: Int = 1000
  package var longestBackoffMilliseconds: Int = 60_000
  /// A server that asks for a longer pause ends the audit.
  package var longestRetryAfterSeconds: Int = 600
  /// Questions in a row without a working server, after which there is an outage.
  package var failuresInARow: Int = 3
  /// Answers in a row that cannot be used, after which there is no point.
  package var unusableInARow: Int = 10

  package init() {}

  /// Uniform in [0, least(longest, first · 2^(attempt − 1))], the "full jitter" that spreads clients best.
  /// - Parameter attempt: the one that failed, from 1.
  func backoff(after attempt: Int, uniform: Double) -> Int {
    let ceiling = Double(firstBackoffMilliseconds) * Double(1 << min(max(attempt - 1, 0), 20))
    return Int(uniform * min(ceiling, Double(longestBackoffMilliseconds)))
  }
}

/// Asked before every single request to a suspect, at a time in milliseconds since 1970: descriptions, questions and their
/// repetitions. What it has granted counts as sent, also if nobody lives to send it.
package typealias Admission = @Sendable (_ time: Int) async throws -> Bool
