import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

extension TrainJob: PipelineJob {
  static func spec(
    for order: JobOrder, of job: inout JobRecord, in pipeline: isolated Pipeline
  ) async throws -> TrainSpec {
    let settings = try pipeline.settings(of: job)
    return TrainSpec(
      archive: order.archive, dataset: order.dataset, target: settings.target, method: settings.method,
      seed: order.seed, generator: pipeline.places.generator(try job.id.inserted, dataset: order.dataset),
      workDirectory: order.workDirectory, limits: order.limits)
  }

  static func finish(
    _ job: JobRecord, _ result: TrainResult, end: AttemptEnd, in pipeline: isolated Pipeline
  ) async throws {
    let seed = try pipeline.seed(for: job)
    let id = try job.id.inserted
    try await pipeline.insist {
      try await pipeline.ledger.finish(id, train: result, releaseSeed: seed, end: end)
    }
    pipeline.logger.notice(
      "trained a generator", metadata: ["job": "\(id)", "generator": "\(result.generator)"])
  }
}
