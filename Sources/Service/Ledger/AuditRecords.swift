import Foundations
import GRDB
import Jobs

// One struct a table; column names are property names. Times are milliseconds since 1970 unless said otherwise.

struct SuspectRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "suspect"
  var id: Int64?
  var name: String
  var known: Int
  /// The time of the audit that was filed last, or when the suspect became known; seconds since 1970.
  var last: Int
  /// Where its model is (`Suspect.place`), as the configuration had it last; nil if it never had.
  var endpoint: String?
  /// Who it is under its first name: itself, unless it was renamed. One party has one share of α, whatever it is called.
  var party: Int64?

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

/// One audit: what its job was filed for and what it found.
struct AuditEntry: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "audit"
  var id: Int64?
  var suspect: Int64
  var job: Int64
  var release: Int64
  /// Seconds since 1970; nil for an audit on request.
  var due: Int?
  var filed: Int
  var ended: Int?
  /// "trained-on", "not-shown", "inconclusive"; nil while it is not over, and when its job failed.
  var outcome: String?
  /// The worker's result, JSON.
  var result: String?

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }

  var found: AuditResult? { result.flatMap { try? CanonicalJSON.decode(AuditResult.self, from: $0.utf8) } }
}

/// Something that people are told, each way once it has been taken.
struct AlertRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "alert"
  var id: Int64?
  var kind: String
  var subject: String
  /// The message, JSON; its identifier is added when it is sent.
  var body: String
  var raised: Int
  /// When the command and the webhook took it.
  var commanded: Int?
  var posted: Int?
  var tries: Int = 0
  /// Not to be tried before.
  var until: Int = 0
  var problem: String?

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}
