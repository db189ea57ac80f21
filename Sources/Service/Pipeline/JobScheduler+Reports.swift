import Jobs
import Ledger
import ServiceConfiguration
import ServiceFoundation

extension JobScheduler {
  /// One line for the service manager.
  func statusLine() async throws -> String {
    let counts = try await ledger.counts()
    let jobs = running.all
    var line = jobs.isEmpty ? "idle" : ""
    for job in jobs {
      let report = try await ledger.report(job.id)
      if !line.isEmpty { line += "; " }
      line += "\(report.kind.rawValue) \(report.dataset) (job \(job.id))"
      if let (progress, _) = job.progress, progress.total > 0 {
        line += ", \(progress.stage) \(100 * progress.done / progress.total) %"
      }
    }
    let queued = counts[.queued, default: 0] + counts[.waiting, default: 0]
    if queued > 0 { line += "; \(queued) waiting" }
    if context.stop.isRaised { line = "stopping; " + line }
    return line
  }

  func reports(limit: Int) async throws -> JobsReport {
    JobsReport(jobs: try await ledger.reports(limit: limit).map(withProgress))
  }

  func report(_ id: Int64) async throws -> JobReport {
    withProgress(try await ledger.report(id))
  }

  func activeReports() async throws -> [JobReport] {
    try await ledger.activeReports().map(withProgress)
  }

  /// What cannot be moved or begun for now, and why.
  func obstacles() async -> [String] {
    let stuck = [await inputs.stuck, await releases.stuck]
    return (vaultObstacle.map { [$0] } ?? []) + stuck.flatMap { $0.sorted { $0.key < $1.key }.map(\.value) }
  }

  private func withProgress(_ report: JobReport) -> JobReport {
    guard let id = Int64(report.id) else { return report }
    var report = report
    if report.until != nil, let end = waits.end(of: id, now: system.now(), steady: system.steady()) {
      report.until = end / 1000
    }
    guard let (progress, left) = running[id]?.progress else { return report }
    report.progress = JobReport.Progress(
      stage: progress.stage, done: progress.done, total: progress.total, unit: progress.unit,
      metrics: progress.metrics, secondsLeft: left)
    return report
  }
}
