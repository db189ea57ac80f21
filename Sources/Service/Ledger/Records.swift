import Foundations
import GRDB
import Jobs

// One struct a table; column names are property names. Times are milliseconds since 1970 unless said otherwise.

struct DatasetRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "dataset"
  var id: Int64?
  var name: String
  var created: Int

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

/// A file that was dropped.
struct InputRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  enum State: String, Codable, Sendable {
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
  var id: Int64?
  var dataset: Int64
  /// The file name it had when it was dropped.
  var name: String
  /// SHA-256, hex.
  var digest: String
  /// Bytes, nanoseconds since 1970, inode: the dropped file's stamp. The copy has the first two of them.
  var size: Int
  var modified: Int
  var inode: Int64
  var state: State
  /// Where the file is as far as is known; nil once removed.
  var path: String?
  /// Where it belongs; nil: nowhere, it is to be removed. The mover makes `path` equal to it.
  var destination: String?
  /// Where the dropped file lies while it has not been removed.
  var source: String?
  var claimed: Int

  var stamp: FileStamp {
    FileStamp(size: size, modified: modified, inode: UInt64(bitPattern: inode))
  }

  var isSettled: Bool { path == destination }

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

struct JobRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "job"
  var id: Int64?
  var kind: JobKind
  var dataset: Int64
  var input: Int64
  var word: JobState.Word = .queued
  var reason: String?
  var until: Int?
  /// The dataset's settings when the job was filed, JSON, and the digest of the part that makes a generator.
  var settings: String
  var generatorKey: String
  /// 0 … 2^63 − 1, drawn or configured when the job was filed.
  var seed: Int64
  var filed: Int
  /// The release's number, from its first start on.
  var version: Int?
  /// The spec as it was first written; the job is run again with exactly this.
  var spec: String?
  /// The training job whose generator this job waits for.
  var waitsFor: Int64?
  var generator: Int64?
  /// The release that a qualification or a reference job is about.
  var release: Int64?
  /// What a finished job says that has no table of its own, JSON.
  var result: String?
  /// Crashes, and failures in a row that may pass.
  var crashes: Int = 0
  var delays: Int = 0
  /// The last failure, JSON.
  var failure: String?
  var cancelRequested: Bool = false
  var started: Int?
  var ended: Int?

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

extension JobRecord {
  var state: JobState {
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
  var name: String {
    guard let id else { preconditionFailure("a job has its name once it is in the ledger") }
    return "\(id)"
  }

  var lastFailure: JobFailure? {
    failure.flatMap { try? CanonicalJSON.decode(JobFailure.self, from: $0.utf8) }
  }
}

/// One run of a job's process.
struct AttemptRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "attempt"
  var id: Int64?
  var job: Int64
  var started: Int
  var ended: Int?
  /// "finished", "failed", "again", "crashed", "stopped", or "interrupted" when the daemon ended first.
  var outcome: String?
  /// Exit code, or minus the signal.
  var exit: Int?

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

/// One failure of a job, kept also when a later run succeeds.
struct FailureRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "failure"
  var id: Int64?
  var job: Int64
  var attempt: Int64?
  var at: Int
  var kind: String
  var code: String
  var message: String

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

struct GeneratorRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "generator"
  var id: Int64?
  var dataset: Int64
  var job: Int64
  /// Equal for generators that the same settings ask for.
  var generatorKey: String
  var path: String
  var digest: String
  var targetClass: String
  /// Figures by name, JSON.
  var metrics: String
  var made: Int

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

struct ReleaseRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  enum State: String, Codable, Sendable {
    /// Its qualification is under way.
    case waiting
    /// The gate, or the lack of an answer, keeps it in; a person may let it out.
    case held
    case published
  }

  /// Who let a release out.
  enum Publisher: String, Codable, Sendable {
    /// Nobody asked for a qualification.
    case unqualified
    case qualification
    case request
  }

  static let databaseTableName = "release"
  var id: Int64?
  var dataset: Int64
  var job: Int64
  var version: Int
  /// Where the release is as far as is known, and where it belongs; the mover makes them equal.
  var directory: String
  var destination: String
  var state: State
  var archiveDigest: String
  var samples: Int
  var markedSamples: Int
  var skippedSamples: Int
  /// The first of them with the reasons, a JSON list of `SkippedFile`; nil where none was told.
  var skipped: String?
  var made: Int
  /// When it was let out, and by whom; nil until then.
  var published: Int?
  var publishedBy: Publisher?
  /// What the newest qualification said, and its reasons, a JSON list; nil without one.
  var outcome: QualifyResult.Outcome?
  var reasons: String?

  /// The directory's name.
  var name: String { Directory.name(of: directory) }

  var isSettled: Bool { directory == destination }

  var skippedFiles: [SkippedFile] {
    skipped.flatMap { try? CanonicalJSON.decode([SkippedFile].self, from: $0.utf8) } ?? []
  }

  var reasonLines: [String] {
    reasons.flatMap { try? CanonicalJSON.decode([String].self, from: $0.utf8) } ?? []
  }

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}
