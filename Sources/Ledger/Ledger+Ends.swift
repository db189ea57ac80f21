import Foundations
import GRDB
package import Jobs
import ServiceFoundation

/// How one run of a job's process ended, for the history.
package struct AttemptEnd: Sendable {
  var attempt: Int64
  var outcome: AttemptRecord.Outcome
  var exit: Int?
  package var now: Int

  package init(attempt: Int64, outcome: AttemptRecord.Outcome, exit: Int? = nil, now: Int) {
    self.attempt = attempt
    self.outcome = outcome
    self.exit = exit
    self.now = now
  }
}

extension Ledger {
  /// A training job is done: its generator is there for every release that asks for it. One that learned from an archive
  /// that has been released before makes a new release of it.
  package func finish(_ id: Int64, train result: TrainResult, releaseSeed: UInt64, end: AttemptEnd) async throws {
    let metrics = try CanonicalJSON.line(result.metrics)
    try await write { db in
      try Self.close(end, db)
      let job = try JobRecord.change(id, .finish, db) { $0.finished(at: end.now) }
      var generator = GeneratorRecord(
        dataset: job.dataset, job: id, generatorKey: job.generatorKey, path: result.generator,
        digest: result.generatorDigest, targetClass: result.target, metrics: metrics, made: end.now)
      try generator.insert(db)
      guard try InputRecord.find(db, key: job.input).state == .released else { return }
      var release = JobRecord(
        kind: .release, dataset: job.dataset, input: job.input, settings: job.settings, generatorKey: job.generatorKey,
        seed: Int64(releaseSeed), filed: end.now)
      try release.insert(db)
    }
  }

  /// A release job is done; its input belongs to `destination` from now on, or nowhere.
  ///
  /// With `followers` the release waits for the qualification among them; otherwise it is out.
  package func finish(
    _ id: Int64, release result: ReleaseResult, keep destination: String?, followers: [Follower] = [], end: AttemptEnd
  ) async throws {
    let skipped = try (result.skipped ?? []).isEmpty ? nil : CanonicalJSON.line(result.skipped)
    try await write { db in
      try Self.close(end, db)
      let job = try JobRecord.change(id, .finish, db) { $0.finished(at: end.now) }
      guard let version = job.version else { throw LedgerError.noSuchJob("\(id) without a release number") }
      var release = ReleaseRecord(
        dataset: job.dataset, job: id, version: version, directory: result.directory, destination: result.directory,
        state: .published, archiveDigest: result.archiveDigest, samples: result.samples,
        markedSamples: result.markedSamples, skippedSamples: result.skippedSamples, skipped: skipped,
        made: end.now)
      if followers.contains(where: { $0.kind == .qualify }) {
        release.state = .waiting
      } else {
        release.published = end.now
        release.publishedBy = .unqualified
      }
      try release.insert(db)
      for follower in followers { _ = try Self.file(follower, after: job, of: release, now: end.now, db) }
      try InputRecord.send(job.input, to: destination, as: .released, db)
    }
  }

  /// A job is over without a result. `destination` is where its input belongs now; nil leaves the input alone.
  ///
  /// A `training` that found out why is over with it and has not failed by itself: what was refused was refused once. The
  /// attempt that ended is its own then.
  package func reject(
    _ id: Int64, _ change: JobChange, failure: JobFailure, destination: String?, training: Int64? = nil,
    end: AttemptEnd?, now: Int
  ) async throws {
    let text = try CanonicalJSON.line(failure)
    let trainingText = try CanonicalJSON.line(JobFailure.cancelled("with release job \(id)"))
    try await write { db in
      if let end { try Self.close(end, db) }
      if let training {
        try JobRecord.change(training, .cancel, db) {
          $0.failure = trainingText
          $0.ended = now
          $0.cancelRequested = false
        }
      }
      let job = try JobRecord.change(id, change, db) {
        $0.failure = text
        $0.ended = now
        $0.cancelRequested = false
      }
      try FailureRecord.note(failure, job: id, attempt: end?.attempt, at: now, db)
      if let destination { try InputRecord.send(job.input, to: destination, as: .rejected, db) }
      if job.kind == .qualify { try ReleaseRecord.hold(job.release, because: failure.message, db) }
    }
  }

  /// A job is to be run again, not before `until`.
  package func postpone(
    _ id: Int64, reason: String, until: Int, failure: JobFailure?, isCrash: Bool, end: AttemptEnd?, now: Int
  ) async throws {
    try await write { db in
      if let end { try Self.close(end, db) }
      try JobRecord.change(id, .wait(reason: reason, until: until), db) {
        if isCrash { $0.crashes += 1 } else { $0.delays += 1 }
      }
      if let failure { try FailureRecord.note(failure, job: id, attempt: end?.attempt, at: now, db) }
    }
  }

  /// A job stopped because the daemon stops.
  package func interrupt(_ id: Int64, end: AttemptEnd) async throws {
    try await write { db in
      try Self.close(end, db)
      try JobRecord.change(id, .interrupt, db)
    }
  }

  static func close(_ end: AttemptEnd, _ db: Database) throws {
    try db.execute(
      sql: "UPDATE attempt SET ended = ?, outcome = ?, exit = ? WHERE id = ?",
      arguments: [end.now, end.outcome.rawValue, end.exit, end.attempt])
  }
}

extension JobRecord {
  mutating func finished(at now: Int) {
    ended = now
    failure = nil
    cancelRequested = false
  }
}

extension FailureRecord {
  static func note(
    _ failure: JobFailure, job: Int64, attempt: Int64?, at now: Int, _ db: Database
  ) throws {
    var record = FailureRecord(
      job: job, attempt: attempt, at: now, kind: failure.kind, code: failure.code, message: failure.message)
    try record.insert(db)
  }
}

extension JobFailure {
  package static func cancelled(_ how: String) -> JobFailure {
    JobFailure(kind: .failed, code: "cancelled", stage: "queue", message: "cancelled \(how)")
  }
}
