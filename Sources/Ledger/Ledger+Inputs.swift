import Foundations
import GRDB
package import Jobs
package import ServiceFoundation

/// A complete file or directory in the inbox, or a list of files, and the daemon's own copy of it, from which its digest was
/// taken.
package struct Drop: Sendable, Equatable {
  package var path: String
  package var stamp: FileStamp
  /// SHA-256, hex.
  package var digest: String
  /// The copy, on the disk already.
  package var copy: String

  /// What it is called.
  package let name: String

  /// - Parameter name: nil for the last part of the path.
  package init(path: String, stamp: FileStamp, digest: String, copy: String, name: String? = nil) {
    self.name = name ?? Directory.name(of: path)
    self.path = path
    self.stamp = stamp
    self.digest = digest
    self.copy = copy
  }
}

/// What the ledger says to a drop.
package enum ClaimAnswer: Sendable {
  /// Taken: the release job that was filed for it.
  case filed(job: Int64)
  /// The ledger has the same bytes already, as this input.
  case duplicate(of: Holder, input: InputRecord)

  /// Who has the same bytes.
  package struct Holder: Sendable, Equatable {
    /// The release's name, or the job's while there is none.
    package var name: String
    /// What it was called before, in receipts that were given then.
    package var earlierNames: [String]
  }
}

extension Ledger {
  /// Takes a drop: its input, which is the copy, and its release job in one transaction. From then on the bytes are safe,
  /// and the dropped file, the input's source, may go.
  ///
  /// `destination` tells where the input belongs once the job's name is known. With a `refusal` the job has failed
  /// from the start, also where the same bytes are held: they are not those that were meant.
  package func claim(
    _ drop: Drop, dataset: String, settings: String, generatorKey: String, seed: UInt64, now: Int,
    refusal: JobFailure? = nil, destination: @Sendable @escaping (_ job: Int64) -> String
  ) async throws -> ClaimAnswer {
    let refusalText = try refusal.map { try CanonicalJSON.line($0) }
    return try await write { db in
      if refusal == nil, let input = try InputRecord.live(digest: drop.digest, db) {
        return .duplicate(of: try Self.holder(of: input, db), input: input)
      }
      let dataset = try DatasetRecord.named(dataset, now: now, db)
      var input = InputRecord(
        dataset: dataset, name: drop.name, digest: drop.digest, size: drop.stamp.size, modified: drop.stamp.modified,
        inode: Int64(bitPattern: drop.stamp.inode), state: refusal == nil ? .held : .rejected, path: drop.copy,
        destination: drop.copy, source: drop.path, claimed: now)
      try input.insert(db)
      var job = JobRecord(
        kind: .release, dataset: dataset, input: try input.id.inserted, settings: settings, generatorKey: generatorKey,
        seed: Int64(seed), filed: now)
      try job.insert(db)
      let id = try job.id.inserted
      input.destination = destination(id)
      if let refusal {
        try JobRecord.change(id, .fail, db) {
          $0.failure = refusalText
          $0.ended = now
        }
        try FailureRecord.note(refusal, job: id, attempt: nil, at: now, db)
      }
      try input.update(db)
      return .filed(job: id)
    }
  }

  /// The release whose archive has these bytes.
  package func release(ofBytes digest: String) async throws -> String? {
    try await read { db in try ReleaseRecord.filter(Column("archiveDigest") == digest).fetchOne(db)?.name }
  }

  /// The release made of `input`, by its directory's name, or the newest job that works on it.
  private static func holder(of input: InputRecord, _ db: Database) throws -> ClaimAnswer.Holder {
    let jobs = try JobRecord.fetchAll(
      db, sql: "SELECT * FROM job WHERE input = ? AND kind = \(JobKind.release.sql) ORDER BY id DESC",
      arguments: [input.id])
    let names = jobs.map { "job-\($0.name)" }
    for job in jobs {
      if let release = try ReleaseRecord.filter(Column("job") == job.id).fetchOne(db) {
        return ClaimAnswer.Holder(name: release.name, earlierNames: names)
      }
    }
    return ClaimAnswer.Holder(name: names.first ?? input.name, earlierNames: Array(names.dropFirst()))
  }

  /// Inputs that are not where they belong, or whose dropped file still lies in the inbox.
  package func unsettledInputs() async throws -> [InputRecord] {
    try await read { db in
      try InputRecord.fetchAll(
        db, sql: "SELECT * FROM input WHERE path IS NOT destination OR source IS NOT NULL ORDER BY id")
    }
  }

  /// The input that was made of the file at `path` and whose source that file still is.
  /// - Parameter stamp: nil for a directory or a list, of which a part may have been removed already.
  package func input(claimedFrom path: String, stamp: FileStamp?) async throws -> InputRecord? {
    try await read { db in
      try InputRecord.filter(Column("source") == path).fetchAll(db).first {
        stamp.map($0.stamp.isSameFile(as:)) ?? true
      }
    }
  }

  /// The newest release job on an input.
  package func newestRelease(onInput input: Int64) async throws -> Int64 {
    try await read { db in
      try Int64.fetchOne(
        db, sql: "SELECT MAX(id) FROM job WHERE kind = \(JobKind.release.sql) AND input = ?", arguments: [input]) ?? 0
    }
  }

  /// Notes that an input's dropped file is no longer in the inbox.
  package func forgetSource(of input: InputRecord) async throws {
    try await write { db in
      try db.execute(sql: "UPDATE input SET source = NULL WHERE id = ?", arguments: [input.id])
    }
  }

  /// Notes that an input is where it belonged when its move began.
  package func settle(_ input: InputRecord) async throws {
    try await write { db in
      try db.execute(sql: "UPDATE input SET path = ? WHERE id = ?", arguments: [input.destination, input.id])
    }
  }

  package func input(_ id: Int64) async throws -> InputRecord {
    try await read { db in try InputRecord.find(db, key: id) }
  }

  package func update(_ input: InputRecord) async throws {
    try await write { db in try input.update(db) }
  }
}

extension InputRecord {
  /// Sends an input that is where it belongs to another place.
  ///
  /// One that is still being moved must arrive first: otherwise a power cut could leave it where nobody looks.
  /// - Throws: `LedgerError.inputMoving`.
  static func send(_ id: Int64, to destination: String?, as state: State, _ db: Database) throws {
    var input = try find(db, key: id)
    guard input.isSettled else { throw LedgerError.inputMoving(path: input.path ?? input.name) }
    input.state = state
    input.destination = destination
    try input.update(db)
  }

  /// The input with these bytes that is worked on or released.
  static func live(digest: String, _ db: Database) throws -> InputRecord? {
    try fetchOne(
      db, sql: "SELECT * FROM input WHERE digest = ? AND state IN \([InputRecord.State.held, .released].sql)",
      arguments: [digest])
  }
}

extension DatasetRecord {
  /// The row of the dataset `name`, made if there is none.
  static func named(_ name: String, now: Int, _ db: Database) throws -> Int64 {
    if let record = try filter(Column("name") == name).fetchOne(db) { return try record.id.inserted }
    var record = DatasetRecord(name: name, created: now)
    try record.insert(db)
    return try record.id.inserted
  }
}

extension Optional<Int64> {
  /// The row id of a record that has been inserted.
  package var inserted: Int64 {
    get throws {
      guard let self else { throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "a record without its row id") }
      return self
    }
  }
}
