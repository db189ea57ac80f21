import Foundation
import Foundations
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
    guard let kind = kinds[job.kind] else { return nil }
    let jobs = configuration.current.jobs
    do {
      let input = try await ledger.input(job.input)
      if kind.readsInput {
        guard let path = input.path else { throw ServiceError.inputMissing(path: input.name) }
        try await check(input, at: path, jobs)
      }
      var spec: JobSpec
      if let text = job.spec {
        spec = try CanonicalJSON.decode(JobSpec.self, from: text.utf8, kinds: kinds)
        // The only part that decides no result: the configuration, or the machine, may be another by now.
        spec.threads = threads(of: kind)
      } else {
        let work = try await makeSpec(&job, id: id, input: input)
        spec = JobSpec(id: "\(id)", threads: threads(of: kind), work: work)
        try await ledger.store(
          spec: try CanonicalJSON.line(spec), version: job.version, generator: job.generator, for: id)
      }
      try await makePlaces(for: spec, id: id, directories: kind.directories(for: spec))
      // Known before the ledger says "running", so that a request to cancel finds it in one place or the other.
      let process = RunningJob(id: id)
      running[id] = process
      if kind.turn == .beside { auditing.insert(id) }
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

  private func threads(of kind: any JobDefinition.Type) -> Int {
    if kind.turn == .beside { return 1 }
    let jobs = configuration.current.jobs
    return jobs.threads > 0 ? jobs.threads : max(1, ProcessInfo.processInfo.activeProcessorCount / jobs.concurrent)
  }

  private func makePlaces(for spec: JobSpec, id: Int64, directories: [String]) async throws {
    let document = try CanonicalJSON.document(spec)
    let places = places
    try await Blocking.run { () throws(ServiceError) in
      try Directory.make(places.work(id), mode: 0o700)
      for directory in directories { try Directory.make(directory, mode: 0o700) }
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
    case .finished(let result):
      try await finish(job, result, end: attempt)
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
    do {
      guard let product = try kinds[spec.kind]?.product(of: result, for: spec) else { return nil }
      file = product
    } catch {
      return error.reason
    }
    return await Blocking.run { FileManager.default.fileExists(atPath: file) }
      ? nil : "\(file): not there after the job finished"
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
