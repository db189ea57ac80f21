import GRDB
import Jobs

/// What the scheduler decides from: all that is active, and what it may depend on.
package struct LedgerSnapshot: Sendable {
  /// Jobs that are queued, waiting or running, oldest first.
  package var active: [JobRecord] = []
  /// Training jobs that a release names in `waitsFor`, whatever their state.
  package var trainings: [Int64: JobRecord] = [:]
  /// Generators whose file is there, oldest first.
  package var generators: [GeneratorRecord] = []
  /// Inputs that are where they belong.
  package var settledInputs: Set<Int64> = []
  /// Releases that are not where they belong.
  package var movingReleases: Set<Int64> = []
}

extension Ledger {
  /// What the planner decides from.
  package func snapshot() async throws -> LedgerSnapshot {
    try await read { db in
      let active = try JobRecord.fetchAll(
        db, sql: "SELECT * FROM job WHERE word IN \(JobState.Word.active) ORDER BY id")
      let trainings = try JobRecord.fetchAll(
        db,
        sql: """
          SELECT * FROM job WHERE id IN (SELECT waitsFor FROM job WHERE word IN \(JobState.Word.active))
          """)
      let generators = try GeneratorRecord.fetchAll(db, sql: "SELECT * FROM generator ORDER BY id")
      let settled = try Int64.fetchSet(
        db,
        sql: """
          SELECT input.id FROM input JOIN job ON job.input = input.id
          WHERE job.word IN \(JobState.Word.active) AND input.path IS input.destination
          """)
      var byID: [Int64: JobRecord] = [:]
      for training in trainings {
        if let id = training.id { byID[id] = training }
      }
      let moving = try Int64.fetchSet(db, sql: "SELECT id FROM release WHERE directory IS NOT destination")
      return LedgerSnapshot(
        active: active, trainings: byID, generators: generators, settledInputs: settled, movingReleases: moving)
    }
  }

  /// What must not be tidied away.
  package struct PlacesInUse: Sendable {
    package var known: Set<Int64>
    package var active: Set<Int64>
  }

  package func placesInUse() async throws -> PlacesInUse {
    try await read { db in
      PlacesInUse(
        known: try Int64.fetchSet(db, sql: "SELECT id FROM job"),
        active: try Int64.fetchSet(db, sql: "SELECT id FROM job WHERE word IN \(JobState.Word.active)"))
    }
  }

  /// Asks for a job's end. A release takes the training that was filed for it along.
  package func requestCancel(_ id: Int64) async throws -> [Int64] {
    try await write { db in
      let job = try JobRecord.existing(id, db)
      guard job.state.isActive else {
        throw LedgerError.wrongState(job: job.name, state: job.word.rawValue, action: JobChange.cancel.participle)
      }
      var ids = [id]
      if job.kind == .release {
        ids += try Int64.fetchAll(
          db,
          sql: """
            SELECT id FROM job WHERE kind = \(JobKind.train.sql) AND input = ? AND word IN \(JobState.Word.active)
            """, arguments: [job.input])
      }
      for id in ids {
        try db.execute(sql: "UPDATE job SET cancelRequested = 1 WHERE id = ?", arguments: [id])
      }
      return ids
    }
  }

  /// Puts jobs that are over back into the queue, with fresh settings; their input belongs to `destination` again.
  package func requeue(_ revivals: [Revival], input: Int64, destination: String?) async throws {
    try await write { db in
      for revival in revivals {
        try JobRecord.change(revival.job, .retry, db) { job in
          job.spec = nil
          if !revival.keepsVersion { job.version = nil }
          job.failure = nil
          job.crashes = 0
          job.delays = 0
          job.waitsFor = nil
          job.cancelRequested = false
          job.ended = nil
          job.settings = revival.settings
          job.generatorKey = revival.generatorKey
        }
        let job = try JobRecord.existing(revival.job, db)
        if job.kind == .qualify { try ReleaseRecord.wait(job.release, db) }
      }
      guard let destination else { return }
      let record = try InputRecord.find(db, key: input)
      if let twin = try InputRecord.live(digest: record.digest, db), twin.id != record.id {
        throw LedgerError.wrongState(
          job: "\(revivals.first?.job ?? 0)", state: "superseded: the same file was dropped again", action: "retried")
      }
      try InputRecord.send(input, to: destination, as: .held, db)
    }
  }

  package struct Revival: Sendable {
    var job: Int64
    var settings: String
    var generatorKey: String
    /// Whether a release keeps its number.
    var keepsVersion: Bool

    package init(job: Int64, settings: String, generatorKey: String, keepsVersion: Bool) {
      self.job = job
      self.settings = settings
      self.generatorKey = generatorKey
      self.keepsVersion = keepsVersion
    }
  }

  /// A waiting job is due at once.
  package func hasten(_ id: Int64) async throws {
    try await change(id, .retry) { $0.delays = 0 }
  }

  /// The release jobs of an input that are over without a release, newest first.
  package func endedReleases(of input: Int64) async throws -> [JobRecord] {
    try await read { db in
      try JobRecord.fetchAll(
        db,
        sql: """
          SELECT * FROM job WHERE kind = \(JobKind.release.sql) AND input = ? AND word IN \([JobState.Word.failed, .cancelled].sql) ORDER BY id DESC
          """, arguments: [input])
    }
  }

  /// The release job that waits for a training on its own archive.
  package func release(waitingFor training: Int64, on input: Int64) async throws -> JobRecord? {
    try await read { db in
      try JobRecord.fetchOne(
        db,
        sql:
          "SELECT * FROM job WHERE kind = \(JobKind.release.sql) AND input = ? AND waitsFor = ? AND word = \(JobState.Word.waiting.sql)",
        arguments: [input, training])
    }
  }

  package func dataset(named name: String) async throws -> DatasetRecord {
    try await read { db in
      guard let record = try DatasetRecord.filter(Column("name") == name).fetchOne(db) else {
        throw LedgerError.noSuchDataset(name)
      }
      return record
    }
  }

  /// The newest released archive of a dataset that is kept.
  package func keptInput(of dataset: Int64) async throws -> InputRecord? {
    try await read { db in
      try InputRecord.fetchOne(
        db,
        sql: """
          SELECT * FROM input WHERE dataset = ? AND state = \(InputRecord.State.released.sql) AND path IS NOT NULL AND destination IS NOT NULL
          ORDER BY id DESC
          """, arguments: [dataset])
    }
  }

  /// The training job of a dataset that is queued, waiting or running.
  package func activeTraining(of dataset: Int64) async throws -> JobRecord? {
    try await read { db in
      try JobRecord.fetchOne(
        db,
        sql: """
          SELECT * FROM job WHERE kind = \(JobKind.train.sql) AND dataset = ? AND word IN \(JobState.Word.active)
          ORDER BY id
          """, arguments: [dataset])
    }
  }
}

extension Ledger {
  /// The number of the vault that this ledger belongs to; nil before there was one.
  package func vaultIdentity() async throws -> String? {
    try await read { db in try String.fetchOne(db, sql: "SELECT value FROM fact WHERE name = 'vault'") }
  }

  package func remember(vault identity: String) async throws {
    try await write { db in
      try db.execute(sql: "INSERT INTO fact (name, value) VALUES ('vault', ?)", arguments: [identity])
    }
  }
}
