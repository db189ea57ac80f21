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
    case .finished(let result):
      try await finish(job, result, end: attempt)
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
    do {
      guard let product = try kinds[spec.kind]?.product(of: result, for: spec) else { return nil }
      file = product
    } catch {
      return error.reason
    }
    return await Blocking.run { FileManager.default.fileExists(atPath: file) }
      ? nil : "\(file): not there after the job finished"
  }

  /// Files a training job if the configuration's rules say so after an audit.
  func retrain(after result: AuditResult) async throws {
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
