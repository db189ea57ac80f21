import GRDB
import Jobs
import ServiceFoundation

/// A release with its dataset's name.
package struct ReleaseEntry: Sendable {
  package var record: ReleaseRecord
  package var dataset: String
}

extension Ledger {
  /// The newest releases, at most `limit`.
  package func releases(limit: Int) async throws -> [ReleaseEntry] {
    try await read { db in
      try ReleaseRecord.fetchAll(db, sql: "SELECT * FROM release ORDER BY id DESC LIMIT ?", arguments: [limit])
        .map { try ReleaseEntry($0, db) }
    }
  }

  /// The release whose directory has this name.
  /// - Throws: `LedgerError.noSuchRelease`.
  package func release(named name: String) async throws -> ReleaseEntry {
    // "release-<dataset>-<version>": the version says which rows to look at.
    let version = name.split(separator: "-").last.flatMap { Int($0) }
    return try await read { db in
      let releases = try ReleaseRecord.filter(Column("version") == version).fetchAll(db)
      guard let found = releases.first(where: { $0.name == name }) else { throw LedgerError.noSuchRelease(name) }
      return try ReleaseEntry(found, db)
    }
  }

  /// The newest job that qualified a release, or was to.
  package func newestQualification(of release: Int64?) async throws -> Int64? {
    try await read { db in
      try Int64.fetchOne(
        db, sql: "SELECT MAX(id) FROM job WHERE kind = \(JobKind.qualify.sql) AND release = ?", arguments: [release])
    }
  }

  /// Failures noted so far, passing ones as well.
  package func failureCount() async throws -> Int {
    try await read { db in try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM failure") ?? 0 }
  }
}

extension ReleaseEntry {
  fileprivate init(_ record: ReleaseRecord, _ db: Database) throws {
    self.init(record: record, dataset: try DatasetRecord.find(db, key: record.dataset).name)
  }
}
