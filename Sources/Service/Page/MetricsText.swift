import Foundation
import Glibc
import Inbox
import Jobs
import Ledger

/// Figures in Prometheus' text format, version 0.0.4.
struct MetricsText: Sendable {
  private(set) var text = ""

  enum Kind: String {
    case counter, gauge
  }

  /// One metric with a value for each set of labels; without values it is left out.
  mutating func add(_ name: String, _ kind: Kind, help: String, _ values: [(labels: [(String, String)], value: Double)])
  {
    guard !values.isEmpty else { return }
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    for (labels, value) in values {
      let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
      text += "\(name)\(pairs.isEmpty ? "" : "{\(pairs)}") \(Self.number(value))\n"
    }
  }

  mutating func add(_ name: String, _ kind: Kind = .gauge, help: String, _ value: Double) {
    add(name, kind, help: help, [([], value)])
  }

  private static func escaped(_ label: String) -> String {
    label.unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }
}

extension StatusPages {
  /// `/metrics`.
  func metrics() async throws -> String {
    let report = try await status()
    var text = MetricsText()
    text.add("dandyroll_info", .gauge, help: "The program that serves.", [([("version", report.version)], 1)])
    text.add("dandyroll_start_time_seconds", help: "When the daemon started.", Double(report.started))
    text.add(
      "dandyroll_jobs", .gauge, help: "Jobs by state.",
      report.jobs.sorted { $0.key < $1.key }.map { ([("state", $0.key)], Double($0.value)) })
    text.add(
      "dandyroll_job_progress_ratio", .gauge, help: "How far the current stage of a job has come.",
      report.active.compactMap { job in
        guard let progress = job.progress, progress.total > 0 else { return nil }
        return (
          [("job", job.id), ("kind", job.kind.rawValue), ("dataset", job.dataset), ("stage", progress.stage)],
          Double(progress.done) / Double(progress.total)
        )
      })
    text.add(
      "dandyroll_releases", .gauge, help: "Releases made of a dataset.",
      report.datasets.map { ([("dataset", $0.name)], Double($0.releases)) })
    text.add(
      "dandyroll_failures_total", .counter, help: "Failures of jobs, passing ones as well.",
      [([], Double(try await ledger.failureCount()))])
    if let suspects = report.suspects {
      text.add(
        "dandyroll_suspects", .gauge, help: "Suspects by what their newest audit said, or that one convicted them.",
        ([("trained-on", suspects.convicted.count)]
          + suspects.outcomes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
          .map { ([("outcome", $0.0)], Double($0.1)) })
    }
    text.add(
      "dandyroll_undelivered_alerts", help: "Alerts that were tried and not taken.", Double(report.alerts.count))
    text.add("dandyroll_inbox_files", help: "Files in the inbox.", Double(report.inbox.count))
    text.add("dandyroll_stuck_inputs", help: "Inputs that cannot be moved for now.", Double(report.stuck.count))
    text.add(
      "dandyroll_configuration_problems", help: "What keeps the configuration file from being in force.",
      Double(report.configuration.problems.count))
    text.add("dandyroll_silent_parts", help: "Loops without a sign of life.", Double(silentParts().count))
    if let bytes = Self.residentBytes() {
      text.add("process_resident_memory_bytes", help: "Memory of the daemon, without its jobs.", Double(bytes))
    }
    var usage = rusage()
    if getrusage(RUSAGE_SELF.rawValue, &usage) == 0 {
      let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      let microseconds = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
      text.add(
        "process_cpu_seconds_total", .counter, help: "Processor time of the daemon, without its jobs.",
        [([], seconds + microseconds / 1e6)])
    }
    return text.text
  }

  /// Nil where /proc hides it.
  private static func residentBytes() -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? Int(fields[1]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } : nil
  }
}
