import Datasets
import Foundation
import Foundations
package import Jobs
package import Watermarks
import Work

/// The worker's side of `dandyroll job run SPEC.json`: does what the spec says and tells the daemon how it goes, one
/// JSON object a line (docs/formats, "Job events").
package struct JobProcess {
  private let specification: String
  private let surveys: String?
  private let kinds: JobKinds
  private let methods: MethodRegistry
  private let emit: @Sendable (JobEvent) -> Void
  private let note: @Sendable (String) -> Void
  private let stopRequested: @Sendable () -> Bool

  /// - Parameters:
  ///   - specification: path of SPEC.json.
  ///   - surveys: directory of kept surveys, which decide no result; nil for none.
  ///   - kinds: of jobs that it may be about.
  ///   - methods: by which releases may be marked.
  ///   - emit: takes each event in order.
  ///   - note: takes lines for people, which go to the job's log.
  package init(
    specification: String, surveys: String? = nil, kinds: JobKinds = .all, methods: MethodRegistry = .standard,
    emit: @escaping @Sendable (JobEvent) -> Void,
    note: @escaping @Sendable (String) -> Void = { _ in }, stopRequested: @escaping @Sendable () -> Bool
  ) {
    self.specification = specification
    self.surveys = surveys
    self.kinds = kinds
    self.methods = methods
    self.emit = emit
    self.note = note
    self.stopRequested = stopRequested
  }

  /// Blocks until the job is done, failed or stopped.
  /// - Returns: the process's exit code (0, 1, 3, or `JobExit.again`).
  package func run() -> Int32 {
    var stage = "start"
    do {
      let spec = try read()
      let context = WorkContext(
        threads: spec.threads, methods: methods,
        surveys: surveys.map { SurveyStore(directory: $0, program: ProgramVersion.current) },
        report: { [emit] in emit(.progress($0)) }, note: note,
        stopRequested: stopRequested)
      stage = spec.kind.rawValue
      guard let job = kinds[spec.kind] as? any RunnableJob.Type else {
        throw WorkError.malformed(path: specification, reason: "nothing here does a job of the kind “\(stage)”")
      }
      emit(.finished(JobResult(try job.result(of: spec.work, context))))
      return 0
    } catch WorkError.stopped {
      emit(.stopped)
      return JobExit.again
    } catch {
      let failure = JobFailure(error, stage: stage)
      emit(.failed(failure))
      return failure.exitCode
    }
  }

  private func read() throws -> JobSpec {
    let data = try WorkError.reading(specification) { () throws(FileFault) in
      try StrangersFile(specification).bytes(limit: FileLimits.document)
    }
    let spec: JobSpec
    do { spec = try CanonicalJSON.decode(JobSpec.self, from: data, kinds: kinds) } catch {
      throw WorkError.malformed(path: specification, reason: String(describing: error))
    }
    guard spec.version == JobSpec.currentVersion, spec.threads >= 1 else {
      throw WorkError.malformed(path: specification, reason: "version \(spec.version) or \(spec.threads) threads")
    }
    return spec
  }
}

extension RunnableJob {
  fileprivate static func result(of work: any JobPart, _ context: WorkContext) throws -> any JobPart {
    guard let spec = work as? Spec else { preconditionFailure("\(kind) was read as another kind") }
    return try run(spec, context)
  }
}
