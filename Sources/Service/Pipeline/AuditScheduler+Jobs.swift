import Evidence
import Foundation
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation
import Suspects

/// Before and after an audit's process, and how suspects stand.
extension AuditScheduler {
  /// The dataset for which the configuration's rules call for a new generator after an audit, and the rule.
  func retraining(after result: AuditResult) async throws -> (dataset: String, rule: String)? {
    guard let suspect = context.configuration.current.suspect(named: result.suspect), !suspect.plan.retrainWhen.isEmpty
    else { return nil }
    let dataset = try await ledger.dataset(named: suspect.dataset)
    guard let generator = try await ledger.newestGenerator(of: dataset.id.inserted),
      // A release whose successor has been trained already calls for nothing more.
      generator.digest == result.generator
    else { return nil }
    let age = (system.now() - generator.made) / 1000
    return suspect.plan.retrainWhen.first { $0.holds(result, generatorAge: age) }.map { (suspect.dataset, $0.text) }
  }

  func report(of suspect: String?, limit: Int) async throws -> AuditsReport {
    if let suspect, context.configuration.current.suspect(named: suspect) == nil,
      try await ledger.auditRows(of: suspect, limit: 1).isEmpty
    {
      throw ConfigurationError.noSuchSuspect(suspect)
    }
    let now = system.now() / 1000
    let configuration = context.configuration.current
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
    let suspects = context.configuration.current.suspects
    guard !suspects.isEmpty else { return [:] }
    let releases = try await ledger.publishedVersions()
    let terms = AlphaTerms(context.configuration.current.audits)
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
    case .successBelow(let share): Verdict.Outcome(rawValue: result.outcome) == .trainedOn && (result.wsr ?? 1) < share
    case .generatorOlderThan(let days): age > days * 86_400
    case .poolExhausted: result.reused > 0
    }
  }
}
