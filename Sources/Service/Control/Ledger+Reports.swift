import Evidence
import Foundations
import GRDB
import Jobs
import Ledger

extension Ledger {
  func counts() async throws -> [JobState.Word: Int] {
    try await read { db in
      var counts = Dictionary(uniqueKeysWithValues: JobState.Word.allCases.map { ($0, 0) })
      for row in try Row.fetchAll(db, sql: "SELECT word, COUNT(*) AS count FROM job GROUP BY word") {
        if let word = JobState.Word(rawValue: row["word"]) { counts[word] = row["count"] }
      }
      return counts
    }
  }

  func activeReports() async throws -> [JobReport] {
    try await read { db in
      try JobRecord.fetchAll(
        db, sql: "SELECT * FROM job WHERE word IN \(JobState.Word.active) ORDER BY id LIMIT 200"
      ).map { try JobReport($0, db) }
    }
  }

  /// The newest jobs, at most `limit`.
  func reports(limit: Int) async throws -> [JobReport] {
    try await read { db in
      try JobRecord.fetchAll(db, sql: "SELECT * FROM job ORDER BY id DESC LIMIT ?", arguments: [limit])
        .map { try JobReport($0, db) }
    }
  }

  /// Jobs that are over, the latest first, at most `limit`.
  func endedReports(limit: Int) async throws -> [JobReport] {
    try await read { db in
      try JobRecord.fetchAll(
        db, sql: "SELECT * FROM job WHERE ended IS NOT NULL ORDER BY ended DESC, id DESC LIMIT ?", arguments: [limit]
      ).map { try JobReport($0, db) }
    }
  }

  /// Jobs that failed at `moment` or later, milliseconds since 1970, and still are: the newest `limit`, and how many there
  /// are in all.
  ///
  /// A training that was filed for a release is told by the release's job, which failed with it or was tried again since.
  func failedReports(since moment: Int, limit: Int) async throws -> (newest: [JobReport], count: Int) {
    let rows = """
      FROM job WHERE word = \(JobState.Word.failed.sql) AND ended >= ? AND NOT (kind = \(JobKind.train.sql) AND EXISTS (
        SELECT 1 FROM job AS owner WHERE owner.kind = \(JobKind.release.sql) AND owner.input = job.input AND owner.id < job.id
          AND (owner.ended IS NULL OR owner.ended >= job.ended)))
      """
    return try await read { db in
      let newest = try JobRecord.fetchAll(
        db, sql: "SELECT * \(rows) ORDER BY id DESC LIMIT ?", arguments: [moment, limit])
      let count = try Int.fetchOne(db, sql: "SELECT COUNT(*) \(rows)", arguments: [moment])
      return (try newest.map { try JobReport($0, db) }, count ?? 0)
    }
  }

  /// One job with its history.
  func report(_ id: Int64) async throws -> JobReport {
    try await read { db in
      var report = try JobReport(JobRecord.existing(id, db), db)
      report.attempts = try AttemptRecord.fetchAll(
        db, sql: "SELECT * FROM attempt WHERE job = ? ORDER BY id DESC LIMIT 100", arguments: [id]
      ).map {
        AttemptReport(
          started: $0.started / 1000, ended: $0.ended.map { $0 / 1000 }, outcome: $0.outcome?.rawValue, exit: $0.exit)
      }
      report.failures = try FailureRecord.fetchAll(
        db, sql: "SELECT * FROM failure WHERE job = ? ORDER BY id DESC LIMIT 100", arguments: [id]
      ).map { FailureReport(at: $0.at / 1000, kind: $0.kind.rawValue, code: $0.code, message: $0.message) }
      return report
    }
  }

  /// Datasets of which there is something: not those of which nothing but refused archives has been seen.
  func datasetReports() async throws -> [DatasetReport] {
    try await read { db in
      try DatasetRecord.fetchAll(
        db,
        sql: """
          SELECT * FROM dataset WHERE EXISTS (SELECT 1 FROM release WHERE release.dataset = dataset.id)
            OR EXISTS (SELECT 1 FROM generator WHERE generator.dataset = dataset.id)
            OR id IN (SELECT job.dataset FROM job WHERE word IN \(JobState.Word.active))
          ORDER BY name
          """
      ).map { dataset in
        let releases = try ReleaseRecord.fetchAll(
          db, sql: "SELECT * FROM release WHERE dataset = ? ORDER BY version", arguments: [dataset.id])
        let hasGenerator =
          try Bool.fetchOne(
            db, sql: "SELECT EXISTS(SELECT 1 FROM generator WHERE dataset = ?)", arguments: [dataset.id])
        return DatasetReport(
          name: dataset.name, releases: releases.count, newest: releases.last?.directory,
          skipped: releases.last.flatMap {
            $0.skippedSamples > 0 ? $0.skippedFiles.line(of: $0.skippedSamples) : nil
          },
          unpublished: releases.filter { $0.state != .published }.map(ReleaseReport.init),
          hasGenerator: hasGenerator ?? false)
      }
    }
  }
}

extension ReleaseReport {
  init(_ record: ReleaseRecord) {
    self.init(
      name: record.name, directory: record.directory, sha256: record.archiveDigest, samples: record.samples,
      markedSamples: record.markedSamples, skippedSamples: record.skippedSamples, skipped: record.skippedFiles,
      state: record.state.rawValue,
      outcome: record.outcome?.rawValue, reasons: record.reasonLines, published: record.published.map { $0 / 1000 },
      publishedBy: record.publishedBy?.rawValue)
  }
}

extension JobReport {
  fileprivate init(_ job: JobRecord, _ db: Database) throws {
    let dataset = try DatasetRecord.find(db, key: job.dataset)
    let input = try InputRecord.find(db, key: job.input)
    self.init(
      id: job.name, kind: job.kind, dataset: dataset.name, state: job.word.rawValue, reason: job.reason,
      until: job.until.map { $0 / 1000 }, waitsFor: job.word == .waiting ? job.waitsFor.map { "\($0)" } : nil,
      isCancelling: job.cancelRequested,
      input: Input(name: input.name, bytes: input.size), filed: job.filed / 1000,
      started: job.started.map { $0 / 1000 }, ended: job.ended.map { $0 / 1000 }, crashes: job.crashes,
      failure: job.lastFailure)
    if let record = try ReleaseRecord.filter(Column("job") == job.id).fetchOne(db) {
      release = ReleaseReport(record)
    }
    if let text = job.result {
      switch job.kind {
      case .qualify:
        let result = try CanonicalJSON.decode(QualifyResult.self, from: text.utf8)
        gate = GateReport(
          release: result.release, outcome: result.outcome.rawValue, reasons: result.reasons, models: result.models)
      case .reference:
        let result = try CanonicalJSON.decode(ReferenceResult.self, from: text.utf8)
        panel = PanelReport(
          release: result.release, models: result.models, trained: result.trained, largestGain: result.largestGain)
      default: break
      }
    }
    if job.kind == .audit, let audit = try AuditEntry.filter(Column("job") == job.id).fetchOne(db) {
      suspect = try SuspectRecord.find(db, key: audit.suspect).name
      outcome = audit.outcome?.rawValue
    }
    if let record = try GeneratorRecord.filter(Column("job") == job.id).fetchOne(db) {
      generator = GeneratorReport(
        path: record.path, metrics: try CanonicalJSON.decode([String: Double].self, from: record.metrics.utf8))
    }
  }
}
