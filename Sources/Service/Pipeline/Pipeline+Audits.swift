import Foundation
import Foundations
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation
import Suspects

extension Pipeline {
  /// Files the audits that are due and raises alarms about those that are late; costs nothing between their times.
  func lookAtAudits() async throws {
    let now = world.now() / 1000
    try await followConfiguration(now: now)
    for (name, due) in timetable.due(at: now) {
      guard let suspect = configuration.current.suspect(named: name) else { continue }
      switch try await ledger.fileAudit(
        name, dataset: suspect.dataset, release: suspect.release, due: due,
        AlphaTerms(configuration.current.audits), now: world.now())
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
    let state = configuration.snapshot
    // What was due by a clock that has been set back since is not.
    if now < lastLook { auditsLoaded = nil }
    lastLook = now
    guard auditsLoaded != state.loaded else { return }
    let suspects = state.configuration.suspects
    let places = Dictionary(suspects.map { ($0.name, $0.endpoint.place) }, uniquingKeysWith: { first, _ in first })
    let last = try await ledger.know(places, now: world.now())
    timetable = AuditTimetable(
      suspects.compactMap { suspect in
        suspect.plan.clock.map {
          (
            suspect.name,
            AuditClock($0, suspect: suspect.name, spread: state.configuration.audits.spread.milliseconds / 1000)
          )
        }
      }, last: last, now: now)
    auditsLoaded = state.loaded
  }

  /// Files an audit of a suspect now, whatever its schedule; names the one that is under way if there is one.
  func audit(_ name: String) async throws -> Int64 {
    guard let suspect = configuration.current.suspect(named: name) else { throw ServiceError.noSuchSuspect(name) }
    try await followConfiguration(now: world.now() / 1000)
    switch try await ledger.fileAudit(
      name, dataset: suspect.dataset, release: suspect.release, due: nil,
      AlphaTerms(configuration.current.audits), now: world.now())
    {
    case .filed(let job):
      logger.notice("filed an audit on request", metadata: ["job": "\(job)", "suspect": "\(name)"])
      doorbell.ring()
      return job
    case .overlaps(let job): return job
    case .noRelease: throw ServiceError.noRelease(suspect: name, dataset: suspect.dataset)
    case .noAlpha: throw ServiceError.noAlpha(suspect: name)
    }
  }

  /// The alert that a result calls for: the first time that evidence passes its threshold.
  func alert(for result: AuditResult, now: Int) throws -> AlertRecord? {
    guard result.outcome == "trained-on" else { return nil }
    return try AlertRecord(
      kind: "evidence", subject: "\(result.suspect) \(result.release)", suspect: result.suspect,
      message: "\(result.suspect) was trained on \(result.release), says audit \(result.number)", audit: result,
      now: now)
  }

  /// Audits that start or end too late are alarms, each once.
  private func raiseAlarms(now: Int) async throws {
    let limits = configuration.current.audits
    for job in try await ledger.lateAudits(
      startedBy: now - limits.startLate.milliseconds / 1000, endedBy: now - limits.runLate.milliseconds / 1000)
    {
      guard !alarmed.contains(job.kind + job.subject) else { continue }
      let state = job.kind == "start-late" ? "has not begun" : "is not over"
      let due = Date(timeIntervalSince1970: TimeInterval(job.due)).formatted(.iso8601)
      let text = "the audit of \(job.suspect) that was due at \(due) \(state)"
      let alert = try AlertRecord(
        kind: job.kind, subject: job.subject, suspect: job.suspect, message: text, now: world.now())
      if try await ledger.raise(alert) {
        logger.error("\(text)", metadata: ["job": "\(job.job)"])
        alertBell.ring()
      }
      alarmed.insert(job.kind + job.subject)
    }
  }

  /// Files a training job if the configuration's rules say so after an audit.
  func retrain(after result: AuditResult) async throws {
    guard let suspect = configuration.current.suspect(named: result.suspect), !suspect.plan.retrainWhen.isEmpty
    else { return }
    let dataset = try await ledger.dataset(named: suspect.dataset)
    guard let generator = try await ledger.newestGenerator(of: dataset.id.inserted),
      // A release whose successor has been trained already calls for nothing more.
      generator.digest == result.generator
    else { return }
    let age = (world.now() - generator.made) / 1000
    guard let rule = suspect.plan.retrainWhen.first(where: { $0.holds(result, generatorAge: age) }) else { return }
    do {
      let job = try await retrain(suspect.dataset)
      logger.notice(
        "training a new generator: \(rule.text)", metadata: ["job": "\(job)", "dataset": "\(suspect.dataset)"])
    } catch ServiceError.noKeptArchive {
      logger.warning("no archive of \(suspect.dataset) is kept to train a new generator on: \(rule.text)")
    }
  }

  func auditsReport(of suspect: String?, limit: Int) async throws -> AuditsReport {
    if let suspect, configuration.current.suspect(named: suspect) == nil,
      try await ledger.auditRows(of: suspect, limit: 1).isEmpty
    {
      throw ServiceError.noSuchSuspect(suspect)
    }
    let now = world.now() / 1000
    let configuration = configuration.current
    let obstacles = try await self.obstacles()
    return AuditsReport(
      suspects: try await ledger.auditRows(of: suspect, limit: limit).map { record, isConvicted, audits in
        let settings = configuration.suspect(named: record.name)
        return SuspectReport(
          name: record.name, dataset: settings?.dataset, url: settings?.endpoint.url,
          schedule: settings?.plan.schedule, timeZone: settings?.plan.timeZone,
          next: timetable.next(of: record.name, now: now), obstacle: obstacles[record.name],
          outcome: audits.compactMap { $0.result?.outcome }.first, isConvicted: isConvicted, audits: audits)
      })
  }

  /// What keeps suspects of the configuration from being audited, by their names.
  func obstacles() async throws -> [String: String] {
    let suspects = configuration.current.suspects
    guard !suspects.isEmpty else { return [:] }
    let releases = try await ledger.publishedVersions()
    let terms = AlphaTerms(configuration.current.audits)
    var obstacles: [String: String] = [:]
    for suspect in suspects {
      let missing = [
        missingRelease(of: suspect, among: releases[suspect.dataset] ?? []), missingCredential(of: suspect),
        try await ledger.lacksAlpha(suspect.name, dataset: suspect.dataset, release: suspect.release, terms)
          ? ServiceError.noAlphaReason : nil,
      ].compactMap(\.self)
      if !missing.isEmpty { obstacles[suspect.name] = missing.joined(separator: "; ") }
    }
    return obstacles
  }

  private func missingRelease(of suspect: SuspectSettings, among versions: Set<Int>) -> String? {
    if versions.isEmpty { return "no release of \(suspect.dataset) yet" }
    return suspect.release == 0 || versions.contains(suspect.release)
      ? nil : "no release \(suspect.release) of \(suspect.dataset) yet"
  }

  private func missingCredential(of suspect: SuspectSettings) -> String? {
    guard !suspect.credential.isEmpty else { return nil }
    let path = suspect.credentialPath(in: credentials)
    let isThere = path.map { FileManager.default.fileExists(atPath: $0) } ?? false
    return isThere ? nil : "no credential \(suspect.credential)"
  }
}

extension RetrainRule {
  /// - Parameter age: of the release's generator, seconds.
  func holds(_ result: AuditResult, generatorAge age: Int) -> Bool {
    switch self {
    // Only of a model that learned the mark does it say anything how weakly it answers.
    case .successBelow(let share): result.outcome == "trained-on" && (result.wsr ?? 1) < share
    case .generatorOlderThan(let days): age > days * 86_400
    case .poolExhausted: result.reused > 0
    }
  }
}
