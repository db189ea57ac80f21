import Foundations
package import GRDB
package import Jobs
import ServiceFoundation

/// A job that follows from a release: about it, or instead of it.
package struct Follower: Sendable {
  /// `.qualify` or `.reference`, or `.release` for another one of the same archive.
  package var kind: JobKind
  /// The dataset's settings for it, JSON, and the digest of the part that makes a generator.
  var settings: String
  var generatorKey: String
  /// 0 … 2^63 − 1.
  var seed: Int64

  package init(kind: JobKind, settings: String, generatorKey: String, seed: Int64) {
    self.kind = kind
    self.settings = settings
    self.generatorKey = generatorKey
    self.seed = seed
  }
}

extension Ledger {
  /// Files a job about a release, on the input that it was made of; if it `waits`, a held release waits for it.
  package func file(_ follower: Follower, about release: ReleaseRecord, now: Int, waits: Bool = false) async throws
    -> Int64
  {
    try await write { db in
      let maker = try JobRecord.existing(release.job, db)
      if waits { try ReleaseRecord.wait(release.id, db) }
      return try Self.file(follower, after: maker, of: release, now: now, db)
    }
  }

  static func file(
    _ follower: Follower, after maker: JobRecord, of release: ReleaseRecord, now: Int, _ db: Database
  ) throws -> Int64 {
    var job = JobRecord(
      kind: follower.kind, dataset: maker.dataset, input: maker.input, settings: follower.settings,
      generatorKey: follower.generatorKey, seed: follower.seed, filed: now, release: release.id)
    try job.insert(db)
    return try job.id.inserted
  }

  /// Files a release job on the archive of one that is done, or names the one that is under way.
  package func remake(_ maker: JobRecord, as follower: Follower, now: Int) async throws -> Int64 {
    try await write { db in
      let other = try JobRecord.fetchOne(
        db,
        sql: """
          SELECT * FROM job WHERE kind = \(JobKind.release.sql) AND input = ? AND word IN \(JobState.Word.active)
          """, arguments: [maker.input])
      if let other { return try other.id.inserted }
      var job = JobRecord(
        kind: .release, dataset: maker.dataset, input: maker.input, settings: follower.settings,
        generatorKey: follower.generatorKey, seed: follower.seed, filed: now)
      try job.insert(db)
      return try job.id.inserted
    }
  }

  /// A qualification is done: what it found decides where its release belongs.
  ///
  /// A release that was let out on request meanwhile stays out.
  package func finish(
    _ id: Int64, qualification result: QualifyResult, destination: String, end: AttemptEnd
  ) async throws {
    let text = try CanonicalJSON.line(result)
    let reasons = try CanonicalJSON.line(result.reasons)
    try await write { db in
      try Self.close(end, db)
      let job = try JobRecord.change(id, .finish, db) {
        $0.finished(at: end.now)
        $0.result = text
      }
      var release = try ReleaseRecord.existing(job.release, db)
      release.outcome = result.outcome
      release.reasons = reasons
      if release.state != .published {
        if result.outcome == .passed {
          release.publish(to: destination, by: .qualification, at: end.now)
        } else {
          release.state = .held
        }
      }
      try release.update(db)
    }
  }

  /// A job is done of which nothing else is noted than its result, and what that is in a line for people.
  package func finish(_ id: Int64, result: some Encodable, summary: String? = nil, end: AttemptEnd) async throws {
    let text = try CanonicalJSON.line(result)
    try await write { db in
      try Self.close(end, db)
      try JobRecord.change(id, .finish, db) {
        $0.finished(at: end.now)
        $0.result = text
        $0.reason = summary
      }
    }
  }

  /// Somebody lets a held release out.
  /// - Throws: `LedgerError.notHeld`.
  package func publish(_ id: Int64, to destination: String, now: Int) async throws {
    try await write { db in
      var release = try ReleaseRecord.existing(id, db)
      guard release.state == .held else {
        throw LedgerError.notHeld(release: release.name, state: release.state.rawValue)
      }
      release.publish(to: destination, by: .request, at: now)
      try release.update(db)
    }
  }

  /// - Throws: `LedgerError.noSuchRelease`.
  package func release(madeBy job: Int64) async throws -> ReleaseRecord {
    try await read { db in
      guard let release = try ReleaseRecord.filter(Column("job") == job).fetchOne(db) else {
        throw LedgerError.noSuchRelease("of job \(job)")
      }
      return release
    }
  }

  package func release(_ id: Int64) async throws -> ReleaseRecord {
    try await read { db in try ReleaseRecord.existing(id, db) }
  }

  /// The newest release of a dataset whose archive before marking is still there.
  package func newestRelease(withInputOf dataset: Int64) async throws -> ReleaseRecord? {
    try await read { db in
      try ReleaseRecord.fetchOne(
        db,
        sql: """
          SELECT release.* FROM release JOIN job ON job.id = release.job JOIN input ON input.id = job.input
          WHERE release.dataset = ? AND input.path IS NOT NULL AND input.destination IS NOT NULL
          ORDER BY release.version DESC
          """, arguments: [dataset])
    }
  }

  /// The newest release of a dataset that a reference job is done for.
  package func newestRelease(withPanelOf dataset: Int64) async throws -> ReleaseRecord? {
    try await read { db in
      try ReleaseRecord.fetchOne(
        db,
        sql: """
          SELECT * FROM release WHERE dataset = ?
            AND id IN (SELECT release FROM job WHERE kind = \(JobKind.reference.sql) AND word = \(JobState.Word.done.sql))
          ORDER BY version DESC
          """, arguments: [dataset])
    }
  }

  /// The job of a kind about a release that is queued, waiting or running.
  package func activeJob(_ kind: JobKind, about release: Int64) async throws -> JobRecord? {
    try await read { db in
      try JobRecord.fetchOne(
        db,
        sql: """
          SELECT * FROM job WHERE kind = ? AND release = ? AND word IN \(JobState.Word.active) ORDER BY id
          """, arguments: [kind.rawValue, release])
    }
  }

  /// Whether a reference panel was ever built for a dataset.
  package func hasPanel(dataset: Int64) async throws -> Bool {
    try await read { db in
      try Bool.fetchOne(
        db,
        sql:
          "SELECT EXISTS(SELECT 1 FROM job WHERE kind = \(JobKind.reference.sql) AND word = \(JobState.Word.done.sql) AND dataset = ?)",
        arguments: [dataset]) ?? false
    }
  }

  /// Releases that are not where they belong.
  package func unsettledReleases() async throws -> [ReleaseRecord] {
    try await read { db in
      try ReleaseRecord.fetchAll(db, sql: "SELECT * FROM release WHERE directory IS NOT destination ORDER BY id")
    }
  }

  /// Notes that a release is where it belonged when its move began.
  package func settle(_ release: ReleaseRecord) async throws {
    try await write { db in
      try db.execute(
        sql: "UPDATE release SET directory = ? WHERE id = ?", arguments: [release.destination, release.id])
    }
  }

  /// Released inputs that were left where they were worked on, and that nobody needs there any longer: their release is
  /// out, and no job reads them.
  package func sparedInputs(in work: String) async throws -> [(input: InputRecord, dataset: String)] {
    try await read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT input.*, dataset.name AS datasetName FROM input JOIN dataset ON dataset.id = input.dataset
          WHERE input.state = \(InputRecord.State.released.sql) AND input.path IS input.destination
            AND EXISTS (
              SELECT 1 FROM release JOIN job ON job.id = release.job
              WHERE job.input = input.id AND release.state = \(ReleaseRecord.State.published.sql) AND release.directory IS release.destination)
            AND NOT EXISTS (
              SELECT 1 FROM job WHERE job.input = input.id AND word IN \(JobState.Word.active))
          """
      ).map { (try InputRecord(row: $0), $0["datasetName"]) }
        .filter { ($0.0.path ?? "").hasPrefix(work + "/") }
    }
  }

  /// Sends a released input to where it is kept, or nowhere.
  package func send(_ input: Int64, to destination: String?) async throws {
    try await write { db in try InputRecord.send(input, to: destination, as: .released, db) }
  }
}

extension ReleaseRecord {
  package static func existing(_ id: Int64?, _ db: Database) throws -> ReleaseRecord {
    guard let id, let release = try fetchOne(db, key: id) else {
      throw LedgerError.noSuchRelease(id.map { "\($0)" } ?? "without a number")
    }
    return release
  }

  /// A release whose qualification came to nothing stays in.
  static func hold(_ id: Int64?, because reason: String, _ db: Database) throws {
    var release = try existing(id, db)
    guard release.state == .waiting else { return }
    release.state = .held
    release.outcome = .inconclusive
    release.reasons = try CanonicalJSON.line([reason])
    try release.update(db)
  }

  /// A qualification is run again.
  static func wait(_ id: Int64?, _ db: Database) throws {
    var release = try existing(id, db)
    guard release.state == .held else { return }
    release.state = .waiting
    release.outcome = nil
    release.reasons = nil
    try release.update(db)
  }

  fileprivate mutating func publish(to destination: String, by publisher: Publisher, at now: Int) {
    state = .published
    self.destination = destination
    published = now
    publishedBy = publisher
  }
}
