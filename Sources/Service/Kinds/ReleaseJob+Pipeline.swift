import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

extension ReleaseJob: PipelineJob {
  static func spec(
    for order: JobOrder, of job: inout JobRecord, in scheduler: isolated JobScheduler
  ) async throws -> ReleaseSpec {
    let settings = try job.datasetSettings
    let id = try job.id.inserted
    guard let generator = Planner.generator(for: job, in: try await scheduler.look().generators) else {
      throw LedgerError.wrongState(job: job.name, state: "without a generator", action: JobChange.start.participle)
    }
    job.generator = generator.id
    if job.version == nil { job.version = try await scheduler.nextVersion(of: job.dataset, name: order.dataset) }
    let (places, configuration) = (scheduler.places, scheduler.context.configuration.current)
    let key = configuration.service.signingKey
    return ReleaseSpec(
      archive: order.archive, archiveName: order.archiveName, dataset: order.dataset, releaseVersion: job.version ?? 1,
      generator: generator.path, rate: settings.rate, seed: order.seed,
      outbox: places.birthplace(waits: settings.qualify), staging: places.staging(id, waits: settings.qualify),
      vault: order.vault, batch: configuration.jobs.releaseBatch, images: settings.images,
      terms: settings.terms, lpips: settings.method[SharedSettings.lpips], signingKey: key.isEmpty ? nil : key,
      created: job.filed / 1000, limits: order.limits)
  }

  static func finish(
    _ job: JobRecord, _ result: ReleaseResult, end: AttemptEnd, in scheduler: isolated JobScheduler
  ) async throws {
    let id = try job.id.inserted
    let followers = try await scheduler.context.insist { try await scheduler.requests.followers(of: job) }
    let destination = try await scheduler.context.insist {
      try await scheduler.originalPlace(for: job, waits: !followers.isEmpty)
    }
    try await scheduler.context.insist {
      try await scheduler.ledger.finish(id, release: result, keep: destination, followers: followers, end: end)
    }
    scheduler.logger.notice(
      followers.contains { $0.kind == .qualify } ? "released, to be qualified" : "released",
      metadata: ["job": "\(id)", "directory": "\(result.directory)", "marked": "\(result.markedSamples)"])
  }
}

extension JobScheduler {
  /// One more than any number that was given out, also by a ledger that is no longer there.
  fileprivate func nextVersion(of dataset: Int64, name: String) async throws -> Int {
    let places = places
    let published = try await Blocking.run { () throws(FileError) in try places.highestRelease(of: name) }
    return 1 + max(published, try await ledger.highestVersion(dataset: dataset))
  }

  /// Where a released input belongs; one that is not kept stays where it is while a job is to read it.
  fileprivate func originalPlace(for job: JobRecord, waits: Bool) async throws -> String? {
    let input = try await ledger.input(job.input)
    guard context.configuration.current.service.keepOriginals else { return waits ? input.path : nil }
    let dataset = try await ledger.dataset(job.dataset)
    return places.original(dataset: dataset.name, digest: input.digest, name: input.name)
  }
}
