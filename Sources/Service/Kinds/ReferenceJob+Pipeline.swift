import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

extension ReferenceJob: PipelineJob {
  static func spec(
    for order: JobOrder, of job: inout JobRecord, in scheduler: isolated JobScheduler
  ) async throws -> ReferenceSpec {
    let settings = try job.datasetSettings
    guard let release = order.release else { throw LedgerError.noSuchRelease("of job \(order.id)") }
    return ReferenceSpec(
      archive: order.archive, release: Directory.name(of: release), vault: order.vault,
      models: scheduler.places.panel(order.dataset), settings: settings.references,
      workDirectory: order.workDirectory, limits: order.limits)
  }

  static func finish(
    _ job: JobRecord, _ result: ReferenceResult, end: AttemptEnd, in scheduler: isolated JobScheduler
  ) async throws {
    let id = try job.id.inserted
    try await scheduler.context.insist { try await scheduler.ledger.finish(id, result: result, end: end) }
    scheduler.logger.notice(
      "built a reference panel",
      metadata: ["job": "\(id)", "release": "\(result.release)", "models": "\(result.models)"])
  }
}
