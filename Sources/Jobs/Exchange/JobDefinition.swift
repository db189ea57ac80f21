package import Foundations

/// A kind of job, declared in one place: its name, what its process is told, what that leaves behind, and the few answers by
/// which the daemon treats it. What its process does is a `RunnableJob`, which the daemon does not know.
package protocol JobDefinition: Sendable {
  associatedtype Spec: JobPart
  associatedtype Result: JobPart

  static var turn: JobTurn { get }
  /// Whether it needs the archive that it was filed for: there, unchanged, and with room for work on it.
  static var readsInput: Bool { get }
  /// Directories that are made, closed to others, before its process starts.
  static func directories(for spec: Spec) -> [String]
  /// The file that is there if it was done, looked for before the result is believed; nil for none.
  static func product(of result: Result, for spec: Spec) throws(WrongResult) -> String?
}

extension JobDefinition {
  package static var kind: JobKind { Spec.kind }
  package static var turn: JobTurn { .behind }
  package static var readsInput: Bool { true }
}

/// A kind of job that says itself what its process is told, so that the daemon has nothing else to know about it: its result
/// is kept in the ledger as it is.
package protocol StandaloneJob: JobDefinition {
  static func spec(for order: JobOrder) throws -> Spec
  /// What it came to, in a line for people.
  static func summary(of result: Result) -> String
}

/// When a job is started, and what beside.
package enum JobTurn: Sendable {
  /// Brings the next archive out.
  case ahead
  /// Says something of what is out already, and goes after what is `ahead`.
  case behind
  /// Mostly waits for others: it has places of its own and one thread.
  case beside
}

/// Something that daemon and job say to each other which is of the job's kind: a spec or a result.
package protocol JobPart: Codable, Sendable, Equatable {
  static var kind: JobKind { get }
}

/// What the daemon knows of a job that is about to start for the first time.
package struct JobOrder: Sendable {
  /// The ledger's name for the job.
  package var id: String
  /// Path of the archive that it was filed for, and the file name it had when it was dropped; an empty path if it is gone.
  package var archive: String
  package var archiveName: String
  package var dataset: String
  /// The directory of the release that it is about.
  package var release: String?
  package var vault: String
  /// Checkpoints may live here; a job run again finds them.
  package var workDirectory: String
  /// 0 … 2^63 − 1.
  package var seed: UInt64
  package var limits: InputLimits

  package init(
    id: String, archive: String, archiveName: String, dataset: String, release: String?, vault: String,
    workDirectory: String, seed: UInt64, limits: InputLimits
  ) {
    self.id = id
    self.archive = archive
    self.archiveName = archiveName
    self.dataset = dataset
    self.release = release
    self.vault = vault
    self.workDirectory = workDirectory
    self.seed = seed
    self.limits = limits
  }
}

/// A job answered something else than it was asked.
package struct WrongResult: Error {
  package var reason: String

  package init(_ reason: String) { self.reason = reason }
}

// MARK: - Whatever the kind

extension JobDefinition {
  package static func directories(for spec: JobSpec) -> [String] {
    (spec.work as? Spec).map { directories(for: $0) } ?? []
  }

  package static func product(of result: JobResult, for spec: JobSpec) throws(WrongResult) -> String? {
    guard let result = result.content as? Result, let spec = spec.work as? Spec else {
      throw WrongResult("the job answered with the result of another kind of job")
    }
    return try product(of: result, for: spec)
  }
}
