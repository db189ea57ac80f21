import Evidence
import Foundation
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation
import Suspects

/// Files audits when they are due or asked for, and says when one is late.
actor AuditScheduler {
  let context: PipelineContext
  /// The service manager's directory of credentials.
  let credentials: String?
  /// Rung when an alert is raised.
  nonisolated let alertBell = Doorbell()
  private(set) var timetable = AuditTimetable()
  /// The configuration that the timetable was made from, by its time.
  private var loaded: Int?
  /// The wall clock when audits were looked at last, seconds since 1970.
  private(set) var lastLook = Int.min
  /// Late audits that were alarms already.
  private var alarmed: Set<String> = []

  init(_ context: PipelineContext, credentials: String?) {
    self.context = context
    self.credentials = credentials
  }

  nonisolated var ledger: Ledger { context.ledger }
  nonisolated var places: JobPlaces { context.places }
  nonisolated var system: HostSystem { context.system }
  nonisolated var logger: Logger { context.logger }

  /// Files the audits that are due and raises alarms about those that are late; costs nothing between their times.
  func look() async throws {
    let now = system.now() / 1000
    try await followConfiguration(now: now)
    for (name, due) in timetable.due(at: now) {
      guard let suspect = context.configuration.current.suspect(named: name) else { continue }
      switch try await ledger.fileAudit(
        name, dataset: suspect.dataset, release: suspect.release, due: due,
        AlphaTerms(context.configuration.current.audits), now: system.now())
      {
      case .filed(let job):
        timetable.file(name, due: due, now: now)
        logger.info("filed an audit", metadata: ["job": "\(job)", "suspect": "\(name)"])
      case .overlaps(let job):
        logger.debug("an audit is due and the last one is not over", metadata: ["suspect": "\(name)", "job": "\(job)"])
        timetable.postpone(name, until: now + Self.lookAgain)
      case .noRelease, .noAlpha:
        timetable.postpone(name, until: now + Self.lookAgain)
      }
    }
    try await raiseAlarms(now: now)
  }

  /// Seconds until an audit that could not be filed is looked at again.
  private static let lookAgain = 30

  private func followConfiguration(now: Int) async throws {
    let state = context.configuration.snapshot
    // What was due by a clock that has been set back since is not.
    if now < lastLook { loaded = nil }
    lastLook = now
    guard loaded != state.loaded else { return }
    let suspects = state.configuration.suspects
    let places = Dictionary(suspects.map { ($0.name, $0.endpoint.place) }, uniquingKeysWith: { first, _ in first })
    let last = try await ledger.know(places, now: system.now())
    timetable = AuditTimetable(
      suspects.compactMap { suspect in
        suspect.plan.clock.map {
          (
            suspect.name,
            AuditClock($0, suspect: suspect.name, spread: state.configuration.audits.spread.milliseconds / 1000)
          )
        }
      }, last: last, now: now)
    loaded = state.loaded
  }

  /// Files an audit of a suspect now, whatever its schedule; names the one that is under way if there is one.
  func file(_ name: String) async throws -> Int64 {
    guard let suspect = context.configuration.current.suspect(named: name) else {
      throw ConfigurationError.noSuchSuspect(name)
    }
    try await followConfiguration(now: system.now() / 1000)
    switch try await ledger.fileAudit(
      name, dataset: suspect.dataset, release: suspect.release, due: nil,
      AlphaTerms(context.configuration.current.audits), now: system.now())
    {
    case .filed(let job):
      logger.notice("filed an audit on request", metadata: ["job": "\(job)", "suspect": "\(name)"])
      context.doorbell.ring()
      return job
    case .overlaps(let job): return job
    case .noRelease: throw ServiceError.noRelease(suspect: name, dataset: suspect.dataset)
    case .noAlpha: throw ServiceError.noAlpha(suspect: name)
    }
  }

  /// The alert that a result calls for: the first time that evidence passes its threshold.
  nonisolated func alert(for result: AuditResult, now: Int) throws -> AlertRecord? {
    guard Verdict.Outcome(rawValue: result.outcome) == .trainedOn else { return nil }
    return try AlertRecord(
      kind: .evidence, subject: "\(result.suspect) \(result.release)", suspect: result.suspect,
      message: "\(result.suspect) was trained on \(result.release), says audit \(result.number)", audit: result,
      now: now)
  }

  /// Audits that start or end too late are alarms, each once.
  private func raiseAlarms(now: Int) async throws {
    let limits = context.configuration.current.audits
    for job in try await ledger.lateAudits(
      startedBy: now - limits.startLate.milliseconds / 1000, endedBy: now - limits.runLate.milliseconds / 1000)
    {
      guard !alarmed.contains(job.kind.rawValue + job.subject) else { continue }
      let state = job.kind == .startLate ? "has not begun" : "is not over"
      let due = Date(timeIntervalSince1970: TimeInterval(job.due)).formatted(.iso8601)
      let text = "the audit of \(job.suspect) that was due at \(due) \(state)"
      let alert = try AlertRecord(
        kind: job.kind, subject: job.subject, suspect: job.suspect, message: text, now: system.now())
      if try await ledger.raise(alert) {
        logger.error("\(text)", metadata: ["job": "\(job.job)"])
        alertBell.ring()
      }
      alarmed.insert(job.kind.rawValue + job.subject)
    }
  }
}
