import Foundation
import Inbox
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

/// A job that is marked as running and whose process is about to start.
struct PreparedJob: Sendable {
  var job: RunningJob
  var attempt: Int64
  var spec: JobSpec
  var execution: Execution
}

extension JobScheduler {
  /// Makes a job ready to run and marks it as running; nil if it has to wait or has failed instead.
  func prepare(_ id: Int64) async throws -> PreparedJob? {
    var job = try await ledger.job(id)
    let jobs = context.configuration.current.jobs
    do {
      let input = try await ledger.input(job.input)
      if job.kind != .audit {
        guard let path = input.path else { throw ServiceError.inputMissing(path: input.name) }
        try await check(input, at: path, jobs)
      }
      var spec: JobSpec
      if let text = job.spec {
        spec = try JobJSON.decode(JobSpec.self, from: text.utf8)
        // The only part that decides no result: the configuration, or the machine, may be another by now.
        if job.kind != .audit { spec.threads = specs.threads }
      } else if job.kind == .audit {
        spec = try await audits.makeSpec(id)
      } else {
        guard let path = input.path else { throw ServiceError.inputMissing(path: input.name) }
        spec = try await makeSpec(&job, id: id, input: input, archive: path)
      }
      try await makePlaces(for: spec, id: id)
      // Known before the ledger says "running", so that a request to cancel finds it in one place or the other.
      let process = RunningJob(id: id, isAudit: job.kind == .audit)
      running[id] = process
      let attempt = try await ledger.start(id, now: system.now())
      if try await ledger.job(id).cancelRequested { process.stop(.cancel) }
      logger.info("started", metadata: ["job": "\(id)", "kind": "\(job.kind.rawValue)", "input": "\(input.name)"])
      return PreparedJob(
        job: process, attempt: attempt, spec: spec,
        execution: Execution(
          spec: places.spec(id), directory: places.work(id), memory: jobs.memory, nice: jobs.nice,
          silence: jobs.silence, stopGrace: jobs.stopGrace, logBytes: jobs.logBytes))
    } catch {
      running[id] = nil
      switch error {
      case let error as SpaceShortage:
        try await postpone(job, id: id, reason: error.reason, failure: nil, end: nil)
      case ServiceError.wrongState: throw error
      case let error as ServiceError where error.isTransient:
        try await postpone(job, id: id, reason: error.description, failure: nil, end: nil)
      case let error as ServiceError:
        try await inputs.reject(job, .fail, error.failure(stage: "start"), end: nil)
      default: throw error
      }
    }
    return nil
  }

  private struct SpaceShortage: Error {
    var reason: String
  }

  /// The input must be the file that was read, and there must be room to work on it.
  private func check(_ input: InputRecord, at path: String, _ jobs: JobSettings) async throws {
    let stamp = try await Blocking.run { () throws(ServiceError) in try FileStamp.of(path) }
    guard let stamp else { throw ServiceError.inputMissing(path: path) }
    guard stamp.hasContent(of: input.stamp) else { throw ServiceError.inputChanged(path: path) }
    let needed = Int((Double(input.size) * jobs.freeSpace).rounded(.up))
    for (name, directory) in [
      ("work", places.settings.work), ("outbox", places.settings.outbox), ("held", places.settings.held),
    ] {
      let available = try system.filesystem(directory).available
      if available < needed {
        throw SpaceShortage(
          reason: "\(name) has \(SizeText.rounded(available)) free, \(SizeText.rounded(needed)) are needed"
            + " (\(Decimals.text(jobs.freeSpace, 1)) × \(input.name)): \(directory)")
      }
    }
  }

  private var specs: SpecBuilder {
    SpecBuilder(
      places: places, configuration: context.configuration.current,
      processors: ProcessInfo.processInfo.activeProcessorCount)
  }

  private func makeSpec(
    _ job: inout JobRecord, id: Int64, input: InputRecord, archive: String
  ) async throws -> JobSpec {
    let dataset = try await ledger.dataset(job.dataset).name
    let settings = try job.datasetSettings
    let builder = specs
    let spec: JobSpec
    var generator: GeneratorRecord?
    switch job.kind {
    case .audit: preconditionFailure("an audit's spec is made of its suspect")
    case .train:
      spec = builder.train(job, id: id, dataset: dataset, settings: settings, archive: archive)
    case .release:
      generator = Planner.generator(for: job, in: try await look().generators)
      guard let generator else {
        throw ServiceError.wrongState(job: job.name, state: "without a generator", action: JobChange.start.participle)
      }
      if job.version == nil { job.version = try await nextVersion(of: job.dataset, name: dataset) }
      spec = builder.release(
        job, id: id, dataset: dataset, settings: settings, input: input, archive: archive, version: job.version ?? 1,
        generator: generator.path)
    case .qualify, .reference:
      guard let number = job.release else { throw ServiceError.noSuchRelease("of job \(id)") }
      let release = try await ledger.release(number)
      if job.kind == .reference {
        spec = builder.reference(
          job, id: id, dataset: dataset, settings: settings, release: release, archive: archive)
      } else {
        let panel = places.record(release.name) + "/panel.safetensors"
        let hasPanel = await Blocking.run { FileManager.default.fileExists(atPath: panel) }
        spec = builder.qualify(
          job, id: id, settings: settings, release: release, archive: archive, hasPanel: hasPanel)
      }
    }
    let text = try JobJSON.line(spec)
    try await ledger.store(spec: text, version: job.version, generator: generator?.id, for: id)
    return spec
  }

  /// One more than any number that was given out, also by a ledger that is no longer there.
  private func nextVersion(of dataset: Int64, name: String) async throws -> Int {
    let places = places
    let published = try await Blocking.run { () throws(ServiceError) in try places.highestRelease(of: name) }
    return 1 + max(published, try await ledger.highestVersion(dataset: dataset))
  }

  private func makePlaces(for spec: JobSpec, id: Int64) async throws {
    let document = try JobJSON.document(spec)
    let places = places
    try await Blocking.run { () throws(ServiceError) in
      try Directory.make(places.work(id), mode: 0o700)
      switch spec.work {
      case .train:
        try Directory.make(places.checkpoints(id), mode: 0o700)
        try Directory.make(places.generators, mode: 0o700)
      case .release(let spec):
        try Directory.make(spec.staging, mode: 0o700)
      case .qualify, .reference:
        try Directory.make(places.checkpoints(id), mode: 0o700)
      case .audit: break
      }
      try FileMove.write(document, to: places.spec(id))
    }
  }

  /// A training job takes the configured seed or draws its own.
  func seed(for job: JobRecord) throws -> UInt64 {
    try job.datasetSettings.seed ?? system.seed()
  }
}

extension JobRecord {
  /// The dataset's settings when the job was filed.
  var datasetSettings: DatasetSettings {
    get throws { try JobJSON.decode(DatasetSettings.self, from: settings.utf8) }
  }
}
