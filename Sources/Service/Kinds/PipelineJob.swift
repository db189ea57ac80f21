import Jobs
import Ledger
import Logging
import ServiceConfiguration

/// A kind of job with what the pipeline does for it: what its process is told hangs on the ledger and the configuration, and
/// something follows from its result. A kind without needs is a `StandaloneJob` instead, of which nothing stands here.
protocol PipelineJob: JobDefinition {
  /// What its process is told, settled at its first start. The job's `version` and `generator` are kept with it.
  static func spec(
    for order: JobOrder, of job: inout JobRecord, in scheduler: isolated JobScheduler
  ) async throws -> Spec

  /// Records a result and what follows from it.
  static func finish(
    _ job: JobRecord, _ result: Result, end: AttemptEnd, in scheduler: isolated JobScheduler
  ) async throws
}

extension JobScheduler {
  func makeSpec(_ job: inout JobRecord, id: Int64, input: InputRecord) async throws -> any JobPart {
    var release: String?
    if let number = job.release { release = try await ledger.release(number).directory }
    let order = JobOrder(
      id: "\(id)", archive: input.path ?? "", archiveName: input.name,
      dataset: try await ledger.dataset(job.dataset).name, release: release, vault: places.settings.vault,
      workDirectory: places.checkpoints(id), seed: UInt64(job.seed), limits: context.configuration.current.limits)
    switch kinds[job.kind] {
    case let kind as any PipelineJob.Type: return try await kind.spec(for: order, of: &job, in: self)
    case let kind as any StandaloneJob.Type: return try kind.spec(for: order)
    default: preconditionFailure("a kind of job is a PipelineJob or a StandaloneJob: \(job.kind.rawValue)")
    }
  }

  /// Records what a finished process said, and what follows from it.
  func finish(_ job: JobRecord, _ result: JobResult, end: AttemptEnd) async throws {
    switch kinds[job.kind] {
    case let kind as any PipelineJob.Type:
      try await kind.conclude(job, result.content, end: end, in: self)
    case let kind as any StandaloneJob.Type:
      let summary = kind.line(of: result.content)
      let id = try job.id.inserted
      try await context.insist { try await ledger.finish(id, result: result.content, summary: summary, end: end) }
      logger.notice("\(summary)", metadata: ["job": "\(id)", "kind": "\(job.kind.rawValue)"])
    default: preconditionFailure("a kind of job is a PipelineJob or a StandaloneJob: \(job.kind.rawValue)")
    }
  }
}

extension PipelineJob {
  fileprivate static func conclude(
    _ job: JobRecord, _ content: any JobPart, end: AttemptEnd, in scheduler: isolated JobScheduler
  ) async throws {
    guard let result = content as? Result else { preconditionFailure("\(kind) was checked as another kind") }
    try await finish(job, result, end: end, in: scheduler)
  }
}

extension StandaloneJob {
  fileprivate static func line(of content: any JobPart) -> String {
    guard let result = content as? Result else { preconditionFailure("\(kind) was checked as another kind") }
    return summary(of: result)
  }
}
