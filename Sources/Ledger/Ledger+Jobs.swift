package import GRDB
import Jobs

extension Ledger {
  /// Applies `change` to a job, with whatever else `edit` does to its row.
  ///
  /// - Throws: `LedgerError.noSuchJob`, `.wrongState`.
  @discardableResult
  package func change(
    _ id: Int64, _ change: JobChange, edit: @Sendable @escaping (inout JobRecord) -> Void = { _ in }
  ) async throws -> JobRecord {
    try await write { db in try JobRecord.change(id, change, db, edit: edit) }
  }

  package func job(_ id: Int64) async throws -> JobRecord {
    try await read { db in try JobRecord.existing(id, db) }
  }

  package func dataset(_ id: Int64) async throws -> DatasetRecord {
    try await read { db in try DatasetRecord.find(db, key: id) }
  }

  /// Puts a job that has its spec into the running state and opens an attempt; returns the attempt's number.
  package func start(_ id: Int64, now: Int) async throws -> Int64 {
    try await write { db in
      let job = try JobRecord.existing(id, db)
      if job.word == .waiting { try JobRecord.change(id, .resume, db) }
      try JobRecord.change(id, .start, db) { $0.started = now }
      var attempt = AttemptRecord(job: id, started: now)
      try attempt.insert(db)
      return try attempt.id.inserted
    }
  }

  /// Stores a spec and, for a release, the number that it uses.
  package func store(spec: String, version: Int?, generator: Int64?, for id: Int64) async throws {
    try await write { db in
      var job = try JobRecord.existing(id, db)
      job.spec = spec
      job.version = version
      job.generator = generator
      try job.update(db)
    }
  }

  /// The highest release number of a dataset that a job has; 0 for none.
  package func highestVersion(dataset: Int64) async throws -> Int {
    try await read { db in
      try Int.fetchOne(db, sql: "SELECT MAX(version) FROM job WHERE dataset = ?", arguments: [dataset]) ?? 0
    }
  }

  /// Files a training job on `input`; if `release` is given, that job waits for it.
  package func fileTraining(
    dataset: Int64, input: Int64, settings: String, generatorKey: String, seed: Int64, now: Int, for release: Int64?,
    reason: @Sendable @escaping (_ job: Int64) -> String
  ) async throws -> Int64 {
    try await write { db in
      var job = JobRecord(
        kind: .train, dataset: dataset, input: input, settings: settings, generatorKey: generatorKey, seed: seed,
        filed: now)
      try job.insert(db)
      let training = try job.id.inserted
      if let release {
        try JobRecord.change(release, .wait(reason: reason(training), until: nil), db) { $0.waitsFor = training }
      }
      return training
    }
  }

  /// Every job that was running when the last daemon ended goes back into the queue.
  package func interruptAll(now: Int) async throws -> [Int64] {
    try await write { db in
      let ids = try Int64.fetchAll(db, sql: "SELECT id FROM job WHERE word = \(JobState.Word.running.sql) ORDER BY id")
      for id in ids { try JobRecord.change(id, .interrupt, db) }
      try db.execute(
        sql: "UPDATE attempt SET ended = ?, outcome = \(AttemptRecord.Outcome.interrupted.sql) WHERE ended IS NULL",
        arguments: [now])
      return ids
    }
  }
}

extension JobRecord {
  package static func existing(_ id: Int64, _ db: Database) throws -> JobRecord {
    guard let job = try fetchOne(db, key: id) else { throw LedgerError.noSuchJob("\(id)") }
    return job
  }

  @discardableResult
  static func change(
    _ id: Int64, _ change: JobChange, _ db: Database, edit: (inout JobRecord) -> Void = { _ in }
  ) throws -> JobRecord {
    var job = try existing(id, db)
    guard let state = job.state.after(change) else {
      throw LedgerError.wrongState(job: job.name, state: job.word.rawValue, action: change.participle)
    }
    job.state = state
    edit(&job)
    try job.update(db)
    return job
  }
}

extension JobChange {
  /// As in "it cannot be retried".
  package var participle: String {
    switch self {
    case .start: "started"
    case .wait: "postponed"
    case .resume: "resumed"
    case .interrupt: "interrupted"
    case .finish: "finished"
    case .fail: "failed"
    case .cancel: "cancelled"
    case .retry: "retried"
    }
  }
}
