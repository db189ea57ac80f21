import Foundation
import Jobs
import Work

extension JobKind {
  static let byteCount = Self(rawValue: "byteCount")
}

extension JobKinds {
  /// The list of kinds with one more entry.
  static let withByteCount = JobKinds(all.list + [ByteCountJob.self])
}

/// Counts the bytes of the archive that a release was made of: a kind of job that nothing but this folder and the list knows.
///
/// Its stages: count.
enum ByteCountJob: StandaloneJob {
  struct Spec: JobPart {
    static let kind = JobKind.byteCount
    var archive: String
    var workDirectory: String
  }

  struct Result: JobPart {
    static let kind = JobKind.byteCount
    var bytes: Int
    /// Where they are written down.
    var note: String
  }

  static func spec(for order: JobOrder) -> Spec {
    Spec(archive: order.archive, workDirectory: order.workDirectory)
  }

  static func directories(for spec: Spec) -> [String] { [spec.workDirectory] }

  static func product(of result: Result, for spec: Spec) throws(WrongResult) -> String? {
    guard result.bytes > 0 else { throw WrongResult("the job counted \(result.bytes) bytes") }
    return result.note
  }

  static func summary(of result: Result) -> String { "\(result.bytes) bytes" }
}

extension ByteCountJob: RunnableJob {
  static func run(_ spec: Spec, _ context: WorkContext) throws -> Result {
    let size = try Data(contentsOf: URL(fileURLWithPath: spec.archive)).count
    context.report(JobProgress(stage: "count", done: size, total: size, unit: "bytes"))
    let note = spec.workDirectory + "/bytes"
    try Data("\(size)".utf8).write(to: URL(fileURLWithPath: note))
    return Result(bytes: size, note: note)
  }
}
