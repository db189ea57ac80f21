import Evidence
import Foundations
package import GRDB
package import Jobs
import ServiceConfiguration

/// What became of a due audit.
package enum AuditFiling: Sendable, Equatable {
  case filed(job: Int64)
  /// The suspect's last audit is not over.
  case overlaps(job: Int64)
  /// There is no release to ask about.
  case noRelease
  /// Nothing of α is left for a further claim.
  case noAlpha
}

extension Ledger {
  /// Makes suspects known from `now` on, and returns the time of each one's last audit, seconds since 1970, by name.
  ///
  /// A new name for the endpoint of one that is no longer there is a new name for the same suspect.
  /// - Parameter suspects: all of the configuration: the places of their models by their names.
  package func know(_ suspects: [String: String], now: Int) async throws -> [String: Int] {
    try await write { db in
      var known = Dictionary(
        try SuspectRecord.order(Column("id")).fetchAll(db).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
      for (name, place) in suspects.sorted(by: { $0.key < $1.key }) {
        if var record = known[name] {
          if record.endpoint != place {
            record.endpoint = place
            try record.update(db)
            known[name] = record
          }
          continue
        }
        let present = Set(known.values.filter { suspects[$0.name] != nil }.map(\.party))
        let former = known.values.filter { $0.endpoint == place && !present.contains($0.party) }
          .max { ($0.id ?? 0) < ($1.id ?? 0) }
        var record = SuspectRecord(
          name: name, known: now, last: now / 1000, endpoint: place, party: former?.party)
        try record.insert(db)
        if record.party == nil {
          record.party = record.id
          try record.update(db)
        }
        known[name] = record
      }
      return known.mapValues(\.last)
    }
  }

  /// Files an audit of a suspect, unless its last one is not over.
  ///
  /// Only a published release can have been trained on. A suspect goes on with the release that its first audit was about, unless `release` names another.
  /// The first audit of a suspect and a release makes a claim, which takes its share of α.
  /// - Parameter due: seconds since 1970; nil on request, which leaves the schedule alone.
  package func fileAudit(
    _ suspect: String, dataset: String, release: Int, due: Int?, _ terms: AlphaTerms, now: Int
  ) async throws -> AuditFiling {
    try await write { db in
      guard var record = try SuspectRecord.filter(Column("name") == suspect).fetchOne(db) else {
        throw ConfigurationError.noSuchSuspect(suspect)
      }
      let id = try record.id.inserted
      let active = try Int64.fetchOne(
        db,
        sql: """
          SELECT job.id FROM audit JOIN job ON audit.job = job.id
          WHERE audit.suspect IN (SELECT id FROM suspect WHERE party = ?)
            AND job.word IN \(JobState.Word.active)
          """, arguments: [record.party ?? id])
      if let active { return .overlaps(job: active) }
      guard let found = try Self.release(release, of: dataset, party: record.party ?? id, db) else { return .noRelease }
      guard try Self.alpha(ofSuspect: id, release: try found.id.inserted, terms, now: now, db) != nil else {
        return .noAlpha
      }
      let input = try JobRecord.existing(found.job, db).input
      var job = JobRecord(
        kind: .audit, dataset: found.dataset, input: input, settings: "{}", generatorKey: "", seed: 0, filed: now)
      try job.insert(db)
      var audit = AuditEntry(
        suspect: id, job: try job.id.inserted, release: try found.id.inserted, due: due, filed: now)
      try audit.insert(db)
      if let due {
        record.last = max(record.last, due)
        try record.update(db)
      }
      return .filed(job: audit.job)
    }
  }

  package static func release(
    _ number: Int, of dataset: String, party: Int64, _ db: Database
  ) throws -> ReleaseRecord? {
    let releases = """
      SELECT release.* FROM release JOIN dataset ON release.dataset = dataset.id WHERE dataset.name = ?
        AND release.state = \(ReleaseRecord.State.published.sql)
      """
    if number > 0 {
      return try ReleaseRecord.fetchOne(
        db, sql: releases + " AND release.version = ?", arguments: [dataset, number])
    }
    let begun = try ReleaseRecord.fetchOne(
      db,
      sql: releases + " AND release.id IN ("
        + "SELECT release FROM audit WHERE suspect IN (SELECT id FROM suspect WHERE party = ?)"
        + ") ORDER BY release.version DESC",
      arguments: [dataset, party])
    return try begun
      ?? ReleaseRecord.fetchOne(db, sql: releases + " ORDER BY release.version DESC", arguments: [dataset])
  }

  /// Numbers of the releases that are out, by dataset: what suspects can be audited for.
  package func publishedVersions() async throws -> [String: Set<Int>] {
    try await read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT dataset.name, release.version FROM release JOIN dataset ON release.dataset = dataset.id
          WHERE release.state = \(ReleaseRecord.State.published.sql)
          """)
      var versions: [String: Set<Int>] = [:]
      for row in rows { versions[row["name"], default: []].insert(row["version"]) }
      return versions
    }
  }

  /// The audit of a job, with its suspect's name and its release.
  package func audit(ofJob job: Int64) async throws -> (audit: AuditEntry, suspect: String, release: ReleaseRecord) {
    try await read { db in
      guard let audit = try AuditEntry.filter(Column("job") == job).fetchOne(db),
        let suspect = try SuspectRecord.fetchOne(db, key: audit.suspect),
        let release = try ReleaseRecord.fetchOne(db, key: audit.release)
      else { throw LedgerError.noSuchJob("\(job)") }
      return (audit, suspect.name, release)
    }
  }

  /// An audit job is done. Its result and the alert that it calls for are there together or not at all.
  package func finish(_ id: Int64, audit result: AuditResult, alert: AlertRecord?, end: AttemptEnd) async throws {
    let text = try CanonicalJSON.line(result)
    try await write { db in
      try Self.close(end, db)
      try JobRecord.change(id, .finish, db) { $0.finished(at: end.now) }
      try db.execute(
        sql: "UPDATE audit SET ended = ?, outcome = ?, result = ? WHERE job = ?",
        arguments: [end.now, Verdict.Outcome(rawValue: result.outcome)?.rawValue, text, id])
      if let alert { try Self.raise(alert, db) }
    }
  }

  /// Files an alert unless there is one of its kind about its subject.
  /// - Returns: whether it is new.
  @discardableResult
  package func raise(_ alert: AlertRecord) async throws -> Bool {
    try await write { db in try Self.raise(alert, db) }
  }

  @discardableResult
  private static func raise(_ alert: AlertRecord, _ db: Database) throws -> Bool {
    try db.execute(
      sql: """
        INSERT INTO alert (kind, subject, body, raised, tries, until) VALUES (?, ?, ?, ?, 0, 0)
        ON CONFLICT (kind, subject) DO NOTHING
        """, arguments: [alert.kind.rawValue, alert.subject, alert.body, alert.raised])
    return db.changesCount > 0
  }

  /// Alerts that somebody has not taken yet, oldest first.
  package func openAlerts(command: Bool, webhook: Bool) async throws -> [AlertRecord] {
    guard command || webhook else { return [] }
    let open = [command ? "commanded IS NULL" : nil, webhook ? "posted IS NULL" : nil].compactMap { $0 }
    return try await read { db in
      try AlertRecord.fetchAll(
        db, sql: "SELECT * FROM alert WHERE \(open.joined(separator: " OR ")) ORDER BY id LIMIT 100")
    }
  }

  package func update(_ alert: AlertRecord) async throws {
    try await write { db in try alert.update(db) }
  }

  /// The newest generator of a dataset.
  package func newestGenerator(of dataset: Int64) async throws -> GeneratorRecord? {
    try await read { db in
      try GeneratorRecord.fetchOne(
        db, sql: "SELECT * FROM generator WHERE dataset = ? ORDER BY id DESC", arguments: [dataset])
    }
  }
}

/// An audit that is late.
package struct LateAudit: Sendable, Equatable {
  package var kind: AlertRecord.Kind
  package var job: Int64
  package var suspect: String
  /// Seconds since 1970.
  package var due: Int

  package var subject: String { "\(suspect) job \(job)" }
}

extension Ledger {
  /// Audits that were due by `started` and have not begun, and those that were due by `ended` and are not over.
  package func lateAudits(startedBy started: Int, endedBy ended: Int) async throws -> [LateAudit] {
    try await read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT audit.job, COALESCE(audit.due, audit.filed / 1000) AS due, suspect.name, job.started
          FROM job JOIN audit ON audit.job = job.id JOIN suspect ON audit.suspect = suspect.id
          WHERE job.word IN \(JobState.Word.active)
          """)
      return rows.flatMap { row -> [LateAudit] in
        let due: Int = row["due"]
        let begun: Int? = row["started"]
        func late(_ kind: AlertRecord.Kind) -> LateAudit {
          LateAudit(kind: kind, job: row["job"], suspect: row["name"], due: due)
        }
        return (begun == nil && due <= started ? [late(.startLate)] : []) + (due <= ended ? [late(.runLate)] : [])
      }
    }
  }
}
