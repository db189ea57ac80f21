import Foundations
import Inbox
import Jobs
import ServiceFoundation

/// The reports as people read them on a terminal. Pure: the time is handed in.
package enum ReportText {
  /// `dandyroll status`, at `now` in seconds since 1970.
  package static func status(_ report: StatusReport, now: Int) -> String {
    var lines = ["dandyroll \(report.version) \(report.state) for \(duration(now - report.started)), pid \(report.pid)"]
    lines.append("configuration  \(report.configuration.file)")
    lines += report.configuration.problems.map { "  not in force: \($0)" }
    lines += report.configuration.needsRestart.map { "  needs a restart: \($0)" }

    let inbox = report.inbox
    lines.append("inbox          \(inbox.directory), \(inbox.watching), \(count(inbox.count, "file"))")
    if let reason = inbox.reason { lines.append("  \(reason)") }
    lines +=
      TextTable(
        inbox.files.map { file in
          ["  " + file.name, file.bytes.map(SizeText.rounded) ?? "", file.state.rawValue, file.note ?? ""]
        }
      ).lines
    lines += report.stuck.map { "  cannot be moved for now: \($0)" }

    let order = ["running", "queued", "waiting", "done", "failed", "cancelled"]
    let counts = order.map { "\(report.jobs[$0, default: 0]) \($0)" }.joined(separator: ", ")
    lines.append("jobs           \(counts)")
    lines += jobLines(report.active, now: now, indent: "  ")
    lines += report.failed.map { job in
      let ago = job.ended.map { " \(duration(now - $0)) ago" } ?? ""
      return "  job \(job.id), \(job.kind.rawValue) \(job.dataset), failed\(ago): \(note(job, now: now))"
    }

    if !report.datasets.isEmpty { lines.append("datasets") }
    lines +=
      TextTable(
        report.datasets.map { dataset in
          [
            "  " + dataset.name, count(dataset.releases, "release"),
            dataset.newest ?? (dataset.hasGenerator ? "generator trained" : "no generator yet"),
          ]
        }
      ).lines
    lines += report.datasets.compactMap { dataset in dataset.skipped.map { "  \(dataset.name): \($0)" } }
    for release in report.datasets.flatMap(\.unpublished) {
      lines.append("  \(release.directory)\(standing(release))")
    }
    if let suspects = report.suspects { lines += self.suspects(suspects) }
    if !report.alerts.isEmpty { lines.append("alerts         \(report.alerts.count) not delivered") }
    lines += report.alerts.map { "  \($0)" }
    return lines.map(\.printable).joined(separator: "\n")
  }

  /// `dandyroll jobs`.
  package static func jobs(_ report: JobsReport, now: Int) -> String {
    report.jobs.isEmpty ? "no jobs yet" : jobLines(report.jobs, now: now, indent: "").joined(separator: "\n")
  }

  /// One line for what a request did.
  package static func job(_ report: JobReport, now: Int) -> String {
    "job \(report.id): \(report.kind.rawValue) \(report.dataset), \(stateText(report))  \(note(report, now: now))"
      .printable.trimmingBlanks
  }

  static func jobLines(_ jobs: [JobReport], now: Int, indent: String) -> [String] {
    guard !jobs.isEmpty else { return [] }
    let rows = jobs.map { [indent + $0.id, $0.kind.rawValue, $0.dataset, stateText($0), note($0, now: now)] }
    return TextTable([[indent + "JOB", "KIND", "DATASET", "STATE", ""]] + rows).lines
  }

  private static func stateText(_ job: JobReport) -> String {
    job.isCancelling ? "cancelling" : job.state
  }

  /// What is worth knowing about a job in its state.
  private static func note(_ job: JobReport, now: Int) -> String {
    if let failure = job.failure, job.state == "failed" { return failure.message }
    if let release = job.release {
      let marked = "\(release.markedSamples) of \(release.samples) samples marked"
      let skipped = release.skippedSamples > 0 ? ", " + release.skipped.line(of: release.skippedSamples) : ""
      return "\(release.directory), \(marked)\(skipped)\(standing(release))"
    }
    if let gate = job.gate { return ([gate.outcome] + gate.reasons).joined(separator: ": ") }
    if let panel = job.panel {
      return "\(panel.models) models, \(panel.trained) of them new, ΔP up to \(Decimals.text(panel.largestGain, 3))"
    }
    if let generator = job.generator {
      let figures = generator.metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(Decimals.text($0.value, 3))" }
      return (["generator trained"] + figures).joined(separator: ", ")
    }
    if let suspect = job.suspect, job.state != "waiting", job.progress == nil {
      return job.outcome.map { "\(suspect): \($0)" } ?? suspect
    }
    if let progress = job.progress { return self.progress(progress) }
    if let reason = job.reason {
      let wait = job.until.map { $0 > now ? ", again in \(duration($0 - now))" : ", again at once" } ?? ""
      return reason + wait
    }
    return job.state == "queued" ? job.input.name : ""
  }

  /// What keeps a release in.
  private static func standing(_ release: ReleaseReport) -> String {
    switch release.state {
    case "waiting": ", waits for its qualification"
    case "held": ", held: \(release.reasons.first ?? release.outcome ?? "no reason was given")"
    default: ""
    }
  }

  private static func progress(_ progress: JobReport.Progress) -> String {
    var parts = [progress.stage, bar(progress.done, of: progress.total)]
    parts.append("\(progress.done)/\(progress.total) \(progress.unit)")
    parts += progress.metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(Decimals.text($0.value, 3))" }
    if let left = progress.secondsLeft { parts.append("\(duration(left)) left") }
    return parts.joined(separator: "  ")
  }

  /// `[########------------]  40 %`.
  package static func bar(_ done: Int, of total: Int, width: Int = 20) -> String {
    guard total > 0 else { return "[" + String(repeating: "-", count: width) + "]" }
    let share = min(1, max(0, Double(done) / Double(total)))
    let full = Int(share * Double(width))
    let percent = "\(Int(share * 100)) %"
    return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: width - full) + "] "
      + String(repeating: " ", count: max(0, 5 - percent.count)) + percent
  }

  /// "45 s", "12 min", "3 h 5 min", "2 d 4 h".
  package static func duration(_ seconds: Int) -> String {
    let seconds = max(0, seconds)
    switch seconds {
    case ..<90: return "\(seconds) s"
    case ..<5400: return "\((seconds + 30) / 60) min"
    case ..<172_800: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    default: return "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
    }
  }

  static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}

extension String {
  /// Without blanks at the end.
  fileprivate var trimmingBlanks: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
