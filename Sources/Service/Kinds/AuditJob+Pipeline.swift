import Foundations
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

extension AuditJob: PipelineJob {
  /// - Throws: `ServiceError.noCredential` if the service manager gave none of the suspect's name for it.
  static func spec(
    for order: JobOrder, of job: inout JobRecord, in scheduler: isolated JobScheduler
  ) async throws -> AuditSpec {
    let id = try job.id.inserted
    let (_, name, release) = try await scheduler.ledger.audit(ofJob: id)
    let configuration = scheduler.context.configuration.current
    guard let suspect = configuration.suspect(named: name) else { throw ConfigurationError.noSuchSuspect(name) }
    let audits = configuration.audits
    let terms = try await scheduler.ledger.terms(ofAudit: id, AlphaTerms(audits), now: scheduler.system.now())
    guard let alpha = terms.alpha else { throw ServiceError.noAlpha(suspect: name) }
    let credential = suspect.credentialPath(in: scheduler.audits.credentials)
    if credential == nil, !suspect.credential.isEmpty {
      throw ServiceError.noCredential(suspect.credential, suspect: suspect.name)
    }
    let key = configuration.service.signingKey
    return AuditSpec(
      suspect: try CanonicalJSON.line(suspect.endpoint), name: suspect.name,
      formerNames: terms.formerNames.isEmpty ? nil : terms.formerNames, credential: credential,
      release: release.directory, vault: order.vault, images: suspect.heldOut.isEmpty ? nil : suspect.heldOut,
      number: Int(id), questions: suspect.plan.questions,
      judgement: AuditJudgement(
        alpha: alpha, panelAlpha: audits.panelAlpha, needsPanel: audits.needsPanel, leastPairs: audits.leastPairs,
        leastAnswerShare: audits.leastAnswerShare, margin: audits.margin),
      signingKey: key.isEmpty ? nil : key, limits: order.limits)
  }

  static func finish(
    _ job: JobRecord, _ result: AuditResult, end: AttemptEnd, in scheduler: isolated JobScheduler
  ) async throws {
    let id = try job.id.inserted
    let alert = try scheduler.audits.alert(for: result, now: end.now)
    try await scheduler.context.insist { try await scheduler.ledger.finish(id, audit: result, alert: alert, end: end) }
    scheduler.audits.alertBell.ring()
    scheduler.logger.notice(
      "audited", metadata: ["job": "\(id)", "suspect": "\(result.suspect)", "outcome": "\(result.outcome)"])
    try await scheduler.context.insist { try await scheduler.retrain(after: result) }
  }
}
