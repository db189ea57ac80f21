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

extension Pipeline {
  /// Makes a job ready to run and marks it as running; nil if it has to wait or has failed instead.
  func prepare(_ id: Int64) async throws -> PreparedJob? {
    var job = try await ledger.job(id)
    let jobs = configuration.current.jobs
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
        spec = try await makeAuditSpec(job, id: id)
      } else {
        guard let path = input.path else { throw ServiceError.inputMissing(path: input.name) }
        spec = try await makeSpec(&job, id: id, input: input, archive: path)
      }
      try await makePlaces(for: spec, id: id)
      // Known before the ledger says "running", so that a request to cancel finds it in one place or the other.
      let process = RunningJob(id: id)
      running[id] = process
      if job.kind == .audit { auditing.insert(id) }
      let attempt = try await ledger.start(id, now: world.now())
      if try await ledger.job(id).cancelRequested { process.stop(.cancel) }
      logger.info("started", metadata: ["job": "\(id)", "kind": "\(job.kind.rawValue)", "input": "\(input.name)"])
      return PreparedJob(
        job: process, attempt: attempt, spec: spec,
        execution: Execution(
          spec: places.spec(id), directory: places.work(id), memory: jobs.memory, nice: jobs.nice,
          silence: jobs.silence, stopGrace: jobs.stopGrace, logBytes: jobs.logBytes))
    } catch {
      running[id] = nil
      auditing.remove(id)
      switch error {
      case let error as SpaceShortage:
        try await postpone(job, id: id, reason: error.reason, failure: nil, end: nil)
      case ServiceError.wrongState: throw error
      case let error as ServiceError where error.isTransient:
        try await postpone(job, id: id, reason: error.description, failure: nil, end: nil)
      case let error as ServiceError:
        try await reject(job, .fail, error.failure(stage: "start"), end: nil)
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
      let available = try world.filesystem(directory).available
      if available < needed {
        throw SpaceShortage(
          reason: "\(name) has \(SizeText.rounded(available)) free, \(SizeText.rounded(needed)) are needed"
            + " (\(Decimals.text(jobs.freeSpace, 1)) × \(input.name)): \(directory)")
      }
    }
  }

  private var specs: SpecBuilder {
    SpecBuilder(
      places: places, configuration: configuration.current, processors: ProcessInfo.processInfo.activeProcessorCount)
  }

  private func makeSpec(
    _ job: inout JobRecord, id: Int64, input: InputRecord, archive: String
  ) async throws -> JobSpec {
    let dataset = try await ledger.dataset(job.dataset).name
    let settings = try settings(of: job)
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

  /// Records how a process ended and what follows from it.
  func conclude(_ prepared: PreparedJob, _ end: ExecutionEnd) async throws {
    let id = prepared.job.id
    let job = try await insist { try await ledger.job(id) }
    var outcome = JobOutcome(end, silence: prepared.execution.silence)
    if case .finished(let result) = outcome, let problem = await missing(of: result, spec: prepared.spec) {
      outcome = .crashed(JobFailure(kind: .failed, code: "result", stage: "process", message: problem))
    }
    let now = world.now()
    let attempt = AttemptEnd(attempt: prepared.attempt, outcome: outcome.word, exit: end.code, now: now)
    switch outcome {
    case .finished(.train(let result)):
      let seed = try seed(for: job)
      try await insist { try await ledger.finish(id, train: result, releaseSeed: seed, end: attempt) }
      logger.notice("trained a generator", metadata: ["job": "\(id)", "generator": "\(result.generator)"])
    case .finished(.release(let result)):
      let followers = try await insist { try await self.followers(of: job) }
      let destination = try await insist { try await originalPlace(for: job, waits: !followers.isEmpty) }
      try await insist {
        try await ledger.finish(id, release: result, keep: destination, followers: followers, end: attempt)
      }
      logger.notice(
        followers.contains { $0.kind == .qualify } ? "released, to be qualified" : "released",
        metadata: ["job": "\(id)", "directory": "\(result.directory)", "marked": "\(result.markedSamples)"])
    case .finished(.qualify(let result)):
      let release = try await insist { try await ledger.release(named: result.release).release }
      if result.outcome != .passed, release.state == .waiting {
        try await insist { try await explain(result.outcome, result.reasons, of: result.release, hasReport: true) }
      }
      try await insist {
        try await ledger.finish(
          id, qualification: result, destination: places.published(result.release), end: attempt)
      }
      logger.notice(
        "qualified",
        metadata: [
          "job": "\(id)", "release": "\(result.release)", "outcome": "\(result.outcome.rawValue)",
          "reasons": "\(result.reasons.joined(separator: "; "))",
        ])
      await settleReleases()
    case .finished(.reference(let result)):
      try await insist { try await ledger.finish(id, reference: result, end: attempt) }
      logger.notice(
        "built a reference panel",
        metadata: ["job": "\(id)", "release": "\(result.release)", "models": "\(result.models)"])
    case .finished(.audit(let result)):
      let alert = try alert(for: result, now: now)
      try await insist { try await ledger.finish(id, audit: result, alert: alert, end: attempt) }
      alertBell.ring()
      logger.notice(
        "audited", metadata: ["job": "\(id)", "suspect": "\(result.suspect)", "outcome": "\(result.outcome)"])
      try await insist { try await retrain(after: result) }
    case .rejected(let failure) where job.kind == .train && failure.kind == .refused:
      // The archive was dropped once and is refused once: by the release that wanted it.
      let release = try await insist { try await ledger.release(waitingFor: id, on: job.input) }
      try await insist {
        try await reject(release ?? job, .fail, failure, training: release.map { _ in id }, end: attempt)
      }
    case .rejected(let failure):
      try await insist { try await reject(job, .fail, failure, end: attempt) }
    case _ where job.cancelRequested:
      try await insist { try await reject(job, .cancel, .cancelled("on request"), end: attempt) }
    case .later(let reason, let failure):
      try await postpone(job, id: id, reason: reason, failure: failure, end: attempt)
    case .crashed(let failure):
      let allowed = configuration.current.jobs.crashRetries
      if job.crashes >= allowed {
        try await insist { try await reject(job, .fail, failure, end: attempt) }
      } else {
        let reason = "\(failure.message); crash \(job.crashes + 1), \(allowed - job.crashes) more runs"
        try await postpone(job, id: id, reason: reason, failure: failure, isCrash: true, end: attempt)
      }
    case .stopped:
      try await insist { try await ledger.interrupt(id, end: attempt) }
    }
    await settleInputs()
    await tidy()
  }

  /// What a finished job should have left behind and did not.
  private func missing(of result: JobResult, spec: JobSpec) async -> String? {
    let file: String
    switch (result, spec.work) {
    case (.train(let result), .train(let spec)):
      guard result.generator == spec.generator else {
        return "the job trained \(result.generator), not \(spec.generator)"
      }
      file = spec.generator
    case (.release(let result), .release(let spec)):
      let directory = spec.outbox + "/" + spec.name
      guard result.directory == directory else { return "the job released \(result.directory), not \(directory)" }
      file = directory + "/manifest-sha256.txt"
    case (.audit(let result), .audit(let spec)):
      guard result.suspect == spec.name, result.number == spec.number else {
        return "the job audited \(result.suspect), number \(result.number), not \(spec.name), number \(spec.number)"
      }
      guard let transcript = result.transcript else { return nil }
      file = transcript
    case (.qualify(let result), .qualify(let spec)):
      let name = Directory.name(of: spec.release)
      guard result.release == name else { return "the job judged \(result.release), not \(name)" }
      file = places.record(name) + "/" + ReleaseFile.qualification.rawValue
    case (.reference(let result), .reference(let spec)):
      guard result.release == spec.release else { return "the job scored \(result.release), not \(spec.release)" }
      file = places.record(spec.release) + "/" + ReleaseFile.panel.rawValue
    default:
      return "the job answered with the result of another kind of job"
    }
    return await Blocking.run { FileManager.default.fileExists(atPath: file) }
      ? nil : "\(file): not there after the job finished"
  }

  /// Where a released input belongs; one that is not kept stays where it is while a job is to read it.
  private func originalPlace(for job: JobRecord, waits: Bool) async throws -> String? {
    let input = try await ledger.input(job.input)
    guard configuration.current.service.keepOriginals else { return waits ? input.path : nil }
    let dataset = try await ledger.dataset(job.dataset)
    return places.original(dataset: dataset.name, digest: input.digest, name: input.name)
  }

  private func postpone(
    _ job: JobRecord, id: Int64, reason: String, failure: JobFailure?, isCrash: Bool = false, end: AttemptEnd?
  ) async throws {
    let jobs = configuration.current.jobs
    let failures = 1 + (isCrash ? job.crashes : job.delays)
    let now = world.now()
    let until = now + Backoff.pause(after: failures, first: jobs.retryFirst, longest: jobs.retryLongest)
    let place = try await insist { places.passingPlace(of: try await ledger.input(job.input)) }
    try await insist {
      try await ledger.postpone(
        id, reason: reason, until: until, failure: failure?.naming(place), isCrash: isCrash, end: end, now: now)
    }
    logger.warning("waits: \(reason)", metadata: ["job": "\(id)", "seconds": "\((until - now) / 1000)"])
  }
}
