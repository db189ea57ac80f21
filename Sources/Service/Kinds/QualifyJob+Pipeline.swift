import Foundation
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

extension QualifyJob: PipelineJob {
  static func spec(
    for order: JobOrder, of job: inout JobRecord, in scheduler: isolated JobScheduler
  ) async throws -> QualifySpec {
    let settings = try job.datasetSettings
    guard let release = order.release else { throw LedgerError.noSuchRelease("of job \(order.id)") }
    let panel = scheduler.places.record(Directory.name(of: release)) + "/panel.safetensors"
    let hasPanel = await Blocking.run { FileManager.default.fileExists(atPath: panel) }
    return QualifySpec(
      release: release, vault: order.vault, original: order.archive, settings: settings.qualification,
      seed: order.seed, usesPanel: hasPanel, workDirectory: order.workDirectory, limits: order.limits)
  }

  static func finish(
    _ job: JobRecord, _ result: QualifyResult, end: AttemptEnd, in scheduler: isolated JobScheduler
  ) async throws {
    let id = try job.id.inserted
    let release = try await scheduler.context.insist {
      try await scheduler.ledger.release(named: result.release).record
    }
    if result.outcome != .passed, release.state == .waiting {
      try await scheduler.context.insist {
        try await scheduler.releases.explain(result.outcome, result.reasons, of: result.release, hasReport: true)
      }
    }
    try await scheduler.context.insist {
      try await scheduler.ledger.finish(
        id, qualification: result, destination: scheduler.places.published(result.release), end: end)
    }
    scheduler.logger.notice(
      "qualified",
      metadata: [
        "job": "\(id)", "release": "\(result.release)", "outcome": "\(result.outcome.rawValue)",
        "reasons": "\(result.reasons.joined(separator: "; "))",
      ])
    await scheduler.releases.settle()
  }
}
