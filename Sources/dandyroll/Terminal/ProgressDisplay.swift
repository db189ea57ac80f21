import Foundation
import Foundations
import Jobs
import Synchronization

/// Progress on standard error: a bar that redraws itself on a terminal, one JSON line a report otherwise.
final class ProgressDisplay: Sendable {
  private let isTerminal = StandardStream.error.isTerminal
  private let stage = Mutex("")

  func show(_ progress: JobProgress) {
    guard isTerminal else {
      if let line = try? CanonicalJSON.line(JobEvent.progress(progress)) { StandardStream.error.write(line + "\n") }
      return
    }
    let isNew = stage.withLock { stage in
      defer { stage = progress.stage }
      return !stage.isEmpty && stage != progress.stage
    }
    StandardStream.error.write((isNew ? "\n" : "") + "\r\u{1B}[K" + Self.line(progress))
  }

  /// A line of its own, above the bar.
  func note(_ line: String) {
    StandardStream.error.write((isTerminal ? "\r\u{1B}[K" : "") + line + "\n")
  }

  /// Ends the bar's line.
  func finish() {
    if isTerminal, stage.withLock({ !$0.isEmpty }) { StandardStream.error.write("\n") }
  }

  /// `surrogate  ████████░░░░  62 %  240/390 steps  loss 0.81`
  static func line(_ progress: JobProgress) -> String {
    let share = progress.total > 0 ? min(1, Double(progress.done) / Double(progress.total)) : 0
    let filled = Int(share * 24)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
    let name = progress.stage.padding(toLength: 10, withPad: " ", startingAt: 0)
    let percent = String(format: "%3.0f %%", share * 100)
    let figures = progress.metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(String(format: "%.4g", $0.value))" }
    return ([name, bar, percent, count(progress)] + figures).joined(separator: "  ")
  }

  private static func count(_ progress: JobProgress) -> String {
    guard progress.unit == "bytes" else { return "\(progress.done)/\(progress.total) \(progress.unit)" }
    return String(format: "%.1f/%.1f MB", Double(progress.done) / 1e6, Double(progress.total) / 1e6)
  }
}
