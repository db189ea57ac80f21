package import Evidence
import Foundations
import GRDB
package import Jobs

// One struct a table; column names are property names. Times are milliseconds since 1970 unless said otherwise.

package struct SuspectRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "suspect"
  package var id: Int64?
  package var name: String
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
package struct AuditEntry: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "audit"
  var id: Int64?
  package var suspect: Int64
  package var job: Int64
  var release: Int64
  /// Seconds since 1970; nil for an audit on request.
  package var due: Int?
  package var filed: Int
  package var ended: Int?
  /// Nil while it is not over, and when its job failed.
  package var outcome: Verdict.Outcome?
  /// The worker's result, JSON.
  var result: String?

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }

  package var found: AuditResult? { result.flatMap { try? CanonicalJSON.decode(AuditResult.self, from: $0.utf8) } }
}

/// Something that people are told, each way once it has been taken.
package struct AlertRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  package enum Kind: String, Codable, Sendable {
    /// Evidence has passed its threshold.
    case evidence
    /// An audit that was due has not begun, or is not over.
    case startLate = "start-late"
    case runLate = "run-late"
  }

  static let databaseTableName = "alert"
  package var id: Int64?
  package var kind: Kind
  package var subject: String
  /// The message, JSON; its identifier is added when it is sent.
  package var body: String
  var raised: Int
  /// When the command and the webhook took it.
  package var commanded: Int?
  package var posted: Int?
  package var tries: Int = 0
  /// Not to be tried before.
  package var until: Int = 0
  package var problem: String?

  package init(kind: Kind, subject: String, body: String, raised: Int) {
    self.kind = kind
    self.subject = subject
    self.body = body
    self.raised = raised
  }

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}
