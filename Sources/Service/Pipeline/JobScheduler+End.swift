import Foundation
import Inbox
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

extension JobScheduler {
  /// Records how a process ended and what follows from it.
  func conclude(_ prepared: PreparedJob, _ end: ExecutionEnd) async throws {
    let id = prepared.job.id
    let job = try await context.insist { try await ledger.job(id) }
    var outcome = JobOutcome(end, silence: prepared.execution.silence)
    if case .finished(let result) = outcome, let problem = await missing(of: result, spec: prepared.spec) {
      outcome = .crashed(JobFailure(kind: .failed, code: "result", stage: "process", message: problem))
    }
    let now = system.now()
    let attempt = AttemptEnd(attempt: prepared.attempt, outcome: outcome.attempt, exit: end.code, now: now)
    switch outcome {
    case .finished(.train(let result)):
      let seed = try seed(for: job)
      try await context.insist { try await ledger.finish(id, train: result, releaseSeed: seed, end: attempt) }
      logger.notice("trained a generator", metadata: ["job": "\(id)", "generator": "\(result.generator)"])
    case .finished(.release(let result)):
      let followers = try await context.insist { try await requests.followers(of: job) }
      let destination = try await context.insist { try await originalPlace(for: job, waits: !followers.isEmpty) }
      try await context.insist {
        try await ledger.finish(id, release: result, keep: destination, followers: followers, end: attempt)
      }
      logger.notice(
        followers.contains { $0.kind == .qualify } ? "released, to be qualified" : "released",
        metadata: ["job": "\(id)", "directory": "\(result.directory)", "marked": "\(result.markedSamples)"])
    case .finished(.qualify(let result)):
      let release = try await context.insist { try await ledger.release(named: result.release).record }
      if result.outcome != .passed, release.state == .waiting {
        try await context.insist {
          try await releases.explain(result.outcome, result.reasons, of: result.release, hasReport: true)
        }
      }
      try await context.insist {
        try await ledger.finish(
          id, qualification: result, destination: places.published(result.release), end: attempt)
      }
      logger.notice(
        "qualified",
        metadata: [
          "job": "\(id)", "release": "\(result.release)", "outcome": "\(result.outcome.rawValue)",
          "reasons": "\(result.reasons.joined(separator: "; "))",
        ])
      await releases.settle()
    case .finished(.reference(let result)):
      try await context.insist { try await ledger.finish(id, reference: result, end: attempt) }
      logger.notice(
        "built a reference panel",
        metadata: ["job": "\(id)", "release": "\(result.release)", "models": "\(result.models)"])
    case .finished(.audit(let result)):
      let alert = try audits.alert(for: result, now: now)
      try await context.insist { try await ledger.finish(id, audit: result, alert: alert, end: attempt) }
      audits.alertBell.ring()
      logger.notice(
        "audited", metadata: ["job": "\(id)", "suspect": "\(result.suspect)", "outcome": "\(result.outcome)"])
      try await context.insist { try await retrain(after: result) }
    case .rejected(let failure) where job.kind == .train && failure.kind == .refused:
      // The archive was dropped once and is refused once: by the release that wanted it.
      let release = try await context.insist { try await ledger.release(waitingFor: id, on: job.input) }
      try await context.insist {
        try await inputs.reject(release ?? job, .fail, failure, training: release.map { _ in id }, end: attempt)
      }
    case .rejected(let failure):
      try await context.insist { try await inputs.reject(job, .fail, failure, end: attempt) }
    case _ where job.cancelRequested:
      try await context.insist { try await inputs.reject(job, .cancel, .cancelled("on request"), end: attempt) }
    case .later(let reason, let failure):
      try await postpone(job, id: id, reason: reason, failure: failure, end: attempt)
    case .crashed(let failure):
      let allowed = context.configuration.current.jobs.crashRetries
      if job.crashes >= allowed {
        try await context.insist { try await inputs.reject(job, .fail, failure, end: attempt) }
      } else {
        let reason = "\(failure.message); crash \(job.crashes + 1), \(allowed - job.crashes) more runs"
        try await postpone(job, id: id, reason: reason, failure: failure, isCrash: true, end: attempt)
      }
    case .stopped:
      try await context.insist { try await ledger.interrupt(id, end: attempt) }
    }
    await inputs.settle()
    await inputs.housekeeping.tidy()
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
    guard context.configuration.current.service.keepOriginals else { return waits ? input.path : nil }
    let dataset = try await ledger.dataset(job.dataset)
    return places.original(dataset: dataset.name, digest: input.digest, name: input.name)
  }

  /// Files a training job if the configuration's rules say so after an audit.
  private func retrain(after result: AuditResult) async throws {
    guard let (dataset, rule) = try await audits.retraining(after: result) else { return }
    do {
      let job = try await requests.retrain(dataset)
      logger.notice("training a new generator: \(rule)", metadata: ["job": "\(job)", "dataset": "\(dataset)"])
    } catch ServiceError.noKeptArchive {
      logger.warning("no archive of \(dataset) is kept to train a new generator on: \(rule)")
    }
  }

  func postpone(
    _ job: JobRecord, id: Int64, reason: String, failure: JobFailure?, isCrash: Bool = false, end: AttemptEnd?
  ) async throws {
    let jobs = context.configuration.current.jobs
    let failures = 1 + (isCrash ? job.crashes : job.delays)
    let now = system.now()
    let until = now + Backoff.pause(after: failures, first: jobs.retryFirst, longest: jobs.retryLongest)
    let place = try await context.insist { places.passingPlace(of: try await ledger.input(job.input)) }
    try await context.insist {
      try await ledger.postpone(
        id, reason: reason, until: until, failure: failure?.naming(place), isCrash: isCrash, end: end, now: now)
    }
    logger.warning("waits: \(reason)", metadata: ["job": "\(id)", "seconds": "\((until - now) / 1000)"])
  }
}
