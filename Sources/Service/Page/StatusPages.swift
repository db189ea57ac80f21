import Foundation
import Inbox
import Jobs
import Ledger
import Logging
import Pages
import ServiceConfiguration
import ServiceFoundation

/// The status page's content: what the daemon knows, put into pages.
struct StatusPages: Sendable {
  let ledger: Ledger
  let pipeline: Pipeline
  let configuration: ConfigurationBox
  let heartbeats: Heartbeats
  let system: HostSystem
  let status: @Sendable () async throws -> StatusReport

  /// Entries of a list, and of the lists on the first page.
  static let listed = 200
  private static let shown = 10
  /// A job that failed longer ago than this, seconds, has been seen.
  private static let attention = 7 * 86_400

  var now: Int { system.now() / 1000 }

  var site: Site {
    Site(
      version: ProgramVersion.current,
      refresh: max(1, configuration.current.page.refresh.milliseconds / 1000), now: now,
      hasSuspects: !configuration.current.suspects.isEmpty)
  }

  func notice(title: String, sentence: String) -> String {
    NoticePage(site, title: title, sentence: sentence).html
  }

  func silentParts() -> [String] { heartbeats.silent(at: system.steady()).map(\.rawValue) }

  func overview() async throws -> String {
    let report = try await status()
    let failed = try await ledger.failedReports(since: (now - Self.attention) * 1000, limit: Self.shown)
    let ended = try await ledger.endedReports(limit: Self.shown)
    let inbox = report.inbox
    return OverviewPage(
      site: site, isStopping: report.state == "stopping", troubles: troubles(report, failed: failed.newest),
      furtherFailures: failed.count - failed.newest.count,
      circumstances: [
        Fact("Serving for", ReportText.duration(now - report.started), detail: "process \(report.pid)"),
        Fact("Configuration", report.configuration.file),
        Fact(
          "Inbox", inbox.directory, detail: [inbox.watching, inbox.reason].compactMap { $0 }.joined(separator: ", ")),
      ],
      counts: report.jobs, active: report.active.map { JobRow($0, now: now) },
      files: inbox.files.map {
        .init(
          name: $0.name, size: $0.bytes.map(SizeText.rounded) ?? "", state: $0.state.rawValue, note: $0.note ?? "")
      },
      releases: try await ledger.releases(limit: Self.shown).map { ReleaseRow($0) },
      suspects: try await suspectLines(limit: Self.shown),
      ended: ended.map { JobRow($0, now: now) }
    ).html
  }

  /// What somebody has to look at, the gravest first.
  private func troubles(_ report: StatusReport, failed: [JobReport]) -> [Link] {
    var troubles = silentParts().map { Link("No sign of life from the daemon's \($0)") }
    troubles += report.configuration.problems.map { Link("Configuration, not in force: \($0)") }
    troubles += report.configuration.needsRestart.map { Link("A restart is needed for \($0)") }
    troubles += report.stuck.map { Link("Cannot be moved for now: \($0)") }
    troubles += report.inbox.files.filter { $0.state == .blocked }
      .map { Link("Inbox, \($0.name): \($0.note ?? "blocked")") }
    // A job that waits for another one is in order; one that waits for better times is not.
    troubles += report.active.filter { $0.state == "waiting" && $0.until != nil }
      .map { Link("Job \($0.id) waits: \($0.reason ?? "")", to: ["jobs", $0.id]) }
    troubles += report.alerts.map { Link("Alert not delivered, \($0)") }
    troubles += (report.suspects?.convicted ?? []).map {
      Link("\($0) was trained on a release, says an audit", to: ["suspects", $0])
    }
    troubles += (report.suspects?.obstacles ?? [:]).sorted { $0.key < $1.key }.map {
      Link("\($0.key) cannot be audited: \($0.value)", to: ["suspects", $0.key])
    }
    for release in report.datasets.flatMap(\.unpublished) where release.state == "held" {
      let reasons = release.reasons.isEmpty ? "" : ": " + release.reasons.joined(separator: "; ")
      troubles.append(Link("\(release.name) is held\(reasons)", to: ["releases", release.name]))
    }
    troubles += failed.map {
      Link("Job \($0.id) failed: \($0.failure?.message ?? "")", to: ["jobs", $0.id])
    }
    return troubles
  }

  func jobs() async throws -> String {
    let jobs = try await pipeline.scheduler.reports(limit: Self.listed).jobs
    return ListPage(site, jobs: jobs.map { JobRow($0, now: now) }, limit: Self.listed).html
  }

  func job(_ id: Int64) async throws -> String {
    let report = try await pipeline.scheduler.report(id)
    var facts = [
      Fact("Input", report.input.name, detail: SizeText.rounded(report.input.bytes)),
      Fact("Filed", Times.text(report.filed)),
    ]
    if let started = report.started { facts.append(Fact("Started", Times.text(started))) }
    if let ended = report.ended { facts.append(Fact("Ended", Times.text(ended))) }
    if report.crashes > 0 { facts.append(Fact("Crashes", "\(report.crashes)")) }
    return JobPage(
      site: site, job: JobRow(report, now: now), facts: facts, results: Self.results(of: report),
      release: (report.release?.name ?? report.gate?.release).map { Link("Release \($0)", to: ["releases", $0]) },
      attempts: (report.attempts ?? []).map {
        let exit = $0.exit.map { $0 < 0 ? ", signal \(-$0)" : ", exit \($0)" } ?? ""
        return .init(started: $0.started, ended: $0.ended, outcome: ($0.outcome ?? "at work") + exit)
      },
      failures: (report.failures ?? []).map { .init(at: $0.at, code: $0.code, message: $0.message) }
    ).html
  }

  private static func results(of report: JobReport) -> [Fact] {
    if let release = report.release {
      return [
        Fact("Directory", release.directory), Fact("SHA-256", release.sha256),
        Fact("Samples", Figures.count(release.samples), detail: "\(Figures.count(release.markedSamples)) marked"),
        Fact(
          "Skipped", Figures.count(release.skippedSamples),
          detail: release.skippedSamples > 0 ? release.skipped.line(of: release.skippedSamples) : ""),
      ]
    }
    if let gate = report.gate {
      return [Fact("Qualification", gate.outcome, detail: Figures.count(gate.models, "model"))]
        + gate.reasons.map { Fact("Reason", $0) }
    }
    if let panel = report.panel {
      return [
        Fact("Reference panel", Figures.count(panel.models, "model"), detail: "\(panel.trained) trained by this job"),
        Fact("Largest ΔP", Figures.decimal(panel.largestGain, 3)),
      ]
    }
    guard let generator = report.generator else { return [] }
    return [Fact("Generator", generator.path)]
      + generator.metrics.sorted { $0.key < $1.key }.map { Fact($0.key, Figures.decimal($0.value, 3)) }
  }
}

extension JobRow {
  /// - Parameter now: seconds since 1970.
  init(_ report: JobReport, now: Int) {
    self.init(
      id: report.id, kind: report.kind.rawValue, dataset: report.dataset,
      state: report.isCancelling ? "cancelling" : report.state, filed: report.filed, ended: report.ended,
      progress: report.progress.map(Progress.init), note: Self.note(report, now: now))
  }

  private static func note(_ report: JobReport, now: Int) -> Link {
    if let failure = report.failure, report.state == "failed" { return Link(failure.message) }
    if let release = report.release { return Link(release.name, to: ["releases", release.name]) }
    if let gate = report.gate { return Link("\(gate.release): \(gate.outcome)", to: ["releases", gate.release]) }
    if let panel = report.panel { return Link("\(Figures.count(panel.models, "model")) for \(panel.release)") }
    if let suspect = report.suspect {
      return Link([suspect, report.outcome].compactMap { $0 }.joined(separator: ": "), to: ["suspects", suspect])
    }
    if report.generator != nil { return Link("generator trained") }
    if let reason = report.reason {
      let again =
        report.until.map { $0 > now ? ", again in \(ReportText.duration($0 - now))" : ", again at once" } ?? ""
      return Link(reason + again, to: report.waitsFor.map { ["jobs", $0] })
    }
    return Link(report.input.name)
  }
}

extension JobRow.Progress {
  init(_ progress: JobReport.Progress) {
    var parts = ["\(progress.done)/\(progress.total) \(progress.unit)"]
    parts += progress.metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(Figures.decimal($0.value, 3))" }
    if let left = progress.secondsLeft { parts.append("\(ReportText.duration(left)) left") }
    self.init(
      stage: progress.stage,
      share: progress.total > 0 ? min(1, max(0, Double(progress.done) / Double(progress.total))) : nil,
      text: parts.joined(separator: ", "))
  }
}
