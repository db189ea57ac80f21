import Foundations
import GRDB
package import Jobs
package import ServiceFoundation

// One struct a table; column names are property names. Times are milliseconds since 1970 unless said otherwise.

package struct DatasetRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "dataset"
  package var id: Int64?
  package var name: String
  var created: Int

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

/// A file that was dropped.
package struct InputRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  package enum State: String, Codable, Sendable {
    /// Work is to be done with it.
    case held
    /// Its release is complete.
    case released
    /// Its job failed or was cancelled.
    case rejected
    /// The claim came to nothing: the file changed or went away before it was taken.
    case void
  }

  static let databaseTableName = "input"
  package var id: Int64?
  var dataset: Int64
  /// The file name it had when it was dropped.
  package var name: String
  /// SHA-256, hex.
  package var digest: String
  /// Bytes, nanoseconds since 1970, inode: the dropped file's stamp. The copy has the first two of them.
  package var size: Int
  package var modified: Int
  package var inode: Int64
  package var state: State
  /// Where the file is as far as is known; nil once removed.
  package var path: String?
  /// Where it belongs; nil: nowhere, it is to be removed. The mover makes `path` equal to it.
  package var destination: String?
  /// Where the dropped file lies while it has not been removed.
  package var source: String?
  var claimed: Int

  package var stamp: FileStamp {
    FileStamp(size: size, modified: modified, inode: UInt64(bitPattern: inode))
  }

  package var isSettled: Bool { path == destination }

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

package struct JobRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "job"
  package var id: Int64?
  package var kind: JobKind
  package var dataset: Int64
  package var input: Int64
  package var word: JobState.Word = .queued
  package var reason: String?
  package var until: Int?
  /// The dataset's settings when the job was filed, JSON, and the digest of the part that makes a generator.
  package var settings: String
  package var generatorKey: String
  /// 0 … 2^63 − 1, drawn or configured when the job was filed.
  package var seed: Int64
  package var filed: Int
  /// The release's number, from its first start on.
  package var version: Int?
  /// The spec as it was first written; the job is run again with exactly this.
  package var spec: String?
  /// The training job whose generator this job waits for.
  package var waitsFor: Int64?
  package var generator: Int64?
  /// The release that a qualification or a reference job is about.
  package var release: Int64?
  /// What a finished job says that has no table of its own, JSON.
  package var result: String?
  /// Crashes, and failures in a row that may pass.
  package var crashes: Int = 0
  package var delays: Int = 0
  /// The last failure, JSON.
  var failure: String?
  package var cancelRequested: Bool = false
  package var started: Int?
  package var ended: Int?

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

extension JobRecord {
  package var state: JobState {
    get {
      switch word {
      case .queued: .queued
      case .running: .running
      case .waiting: .waiting(reason: reason ?? "", until: until)
      case .done: .done
      case .failed: .failed
      case .cancelled: .cancelled
      }
    }
    set {
      word = newValue.word
      if case .waiting(let reason, let until) = newValue {
        self.reason = reason
        self.until = until
      } else {
        reason = nil
        until = nil
      }
    }
  }

  /// The job's name outside the ledger.
  package var name: String {
    guard let id else { preconditionFailure("a job has its name once it is in the ledger") }
    return "\(id)"
  }

  package var lastFailure: JobFailure? {
    failure.flatMap { try? CanonicalJSON.decode(JobFailure.self, from: $0.utf8) }
  }
}

/// One run of a job's process.
package struct AttemptRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  package enum Outcome: String, Codable, Sendable {
    case finished, failed, again, crashed, stopped
    /// The daemon ended first.
    case interrupted
  }

  static let databaseTableName = "attempt"
  var id: Int64?
  var job: Int64
  package var started: Int
  package var ended: Int?
  package var outcome: Outcome?
  /// Exit code, or minus the signal.
  package var exit: Int?

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

/// One failure of a job, kept also when a later run succeeds.
package struct FailureRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "failure"
  var id: Int64?
  var job: Int64
  var attempt: Int64?
  package var at: Int
  package var kind: JobFailure.Kind
  package var code: String
  package var message: String

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

package struct GeneratorRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "generator"
  package var id: Int64?
  package var dataset: Int64
  var job: Int64
  /// Equal for generators that the same settings ask for.
  package var generatorKey: String
  package var path: String
  package var digest: String
  var targetClass: String
  /// Figures by name, JSON.
  package var metrics: String
  package var made: Int

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

package struct ReleaseRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  package enum State: String, Codable, Sendable {
    /// Its qualification is under way.
    case waiting
    /// The gate, or the lack of an answer, keeps it in; a person may let it out.
    case held
    case published
  }

  /// Who let a release out.
  package enum Publisher: String, Codable, Sendable {
    /// Nobody asked for a qualification.
    case unqualified
    case qualification
    case request
  }

  static let databaseTableName = "release"
  package var id: Int64?
  var dataset: Int64
  package var job: Int64
  var version: Int
  /// Where the release is as far as is known, and where it belongs; the mover makes them equal.
  package var directory: String
  package var destination: String
  package var state: State
  package var archiveDigest: String
  package var samples: Int
  package var markedSamples: Int
  package var skippedSamples: Int
  /// The first of them with the reasons, a JSON list of `SkippedFile`; nil where none was told.
  var skipped: String?
  package var made: Int
  /// When it was let out, and by whom; nil until then.
  package var published: Int?
  package var publishedBy: Publisher?
  /// What the newest qualification said, and its reasons, a JSON list; nil without one.
  package var outcome: QualifyResult.Outcome?
  var reasons: String?

  /// The directory's name.
  package var name: String { Directory.name(of: directory) }

  var isSettled: Bool { directory == destination }

  package var skippedFiles: [SkippedFile] {
    skipped.flatMap { try? CanonicalJSON.decode([SkippedFile].self, from: $0.utf8) } ?? []
  }

  package var reasonLines: [String] {
    reasons.flatMap { try? CanonicalJSON.decode([String].self, from: $0.utf8) } ?? []
  }

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}
