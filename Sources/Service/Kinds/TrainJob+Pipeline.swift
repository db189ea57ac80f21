import Jobs
import Ledger
import Logging
import ServiceConfiguration

extension TrainJob: PipelineJob {
  static func spec(
    for order: JobOrder, of job: inout JobRecord, in scheduler: isolated JobScheduler
  ) async throws -> TrainSpec {
    let settings = try job.datasetSettings
    return TrainSpec(
      archive: order.archive, dataset: order.dataset, target: settings.target, method: settings.method,
      seed: order.seed, generator: scheduler.places.generator(try job.id.inserted, dataset: order.dataset),
      workDirectory: order.workDirectory, limits: order.limits)
  }

  static func finish(
    _ job: JobRecord, _ result: TrainResult, end: AttemptEnd, in scheduler: isolated JobScheduler
  ) async throws {
    let seed = try scheduler.seed(for: job)
    let id = try job.id.inserted
    try await scheduler.context.insist {
      try await scheduler.ledger.finish(id, train: result, releaseSeed: seed, end: end)
    }
    scheduler.logger.notice(
      "trained a generator", metadata: ["job": "\(id)", "generator": "\(result.generator)"])
  }
}
