import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

extension ReleaseJob: PipelineJob {
  static func spec(
    for order: JobOrder, of job: inout JobRecord, in pipeline: isolated Pipeline
  ) async throws -> ReleaseSpec {
    let settings = try pipeline.settings(of: job)
    let id = try job.id.inserted
    guard let generator = Planner.generator(for: job, in: try await pipeline.look().generators) else {
      throw ServiceError.wrongState(job: job.name, state: "without a generator", action: JobChange.start.participle)
    }
    job.generator = generator.id
    if job.version == nil { job.version = try await pipeline.nextVersion(of: job.dataset, name: order.dataset) }
    let (places, configuration) = (pipeline.places, pipeline.configuration.current)
    let key = configuration.service.signingKey
    return ReleaseSpec(
      archive: order.archive, archiveName: order.archiveName, dataset: order.dataset, releaseVersion: job.version ?? 1,
      generator: generator.path, rate: settings.rate, seed: order.seed,
      outbox: places.birthplace(waits: settings.qualify), staging: places.staging(id, waits: settings.qualify),
      vault: order.vault, batch: configuration.jobs.releaseBatch, images: settings.images,
      lpips: settings.method.lpips, signingKey: key.isEmpty ? nil : key, created: job.filed / 1000,
      limits: order.limits)
  }

  static func finish(
    _ job: JobRecord, _ result: ReleaseResult, end: AttemptEnd, in pipeline: isolated Pipeline
  ) async throws {
    let id = try job.id.inserted
    let followers = try await pipeline.insist { try await pipeline.followers(of: job) }
    let destination = try await pipeline.insist {
      try await pipeline.originalPlace(for: job, waits: !followers.isEmpty)
    }
    try await pipeline.insist {
      try await pipeline.ledger.finish(id, release: result, keep: destination, followers: followers, end: end)
    }
    pipeline.logger.notice(
      followers.contains { $0.kind == .qualify } ? "released, to be qualified" : "released",
      metadata: ["job": "\(id)", "directory": "\(result.directory)", "marked": "\(result.markedSamples)"])
  }
}

extension Pipeline {
  /// One more than any number that was given out, also by a ledger that is no longer there.
  fileprivate func nextVersion(of dataset: Int64, name: String) async throws -> Int {
    let places = places
    let published = try await Blocking.run { () throws(ServiceError) in try places.highestRelease(of: name) }
    return 1 + max(published, try await ledger.highestVersion(dataset: dataset))
  }

  /// Where a released input belongs; one that is not kept stays where it is while a job is to read it.
  fileprivate func originalPlace(for job: JobRecord, waits: Bool) async throws -> String? {
    let input = try await ledger.input(job.input)
    guard configuration.current.service.keepOriginals else { return waits ? input.path : nil }
    let dataset = try await ledger.dataset(job.dataset)
    return places.original(dataset: dataset.name, digest: input.digest, name: input.name)
  }
}
