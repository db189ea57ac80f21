import Audits
import Foundation
import Foundations
package import Jobs
import Releases
import Training
import Trials
import Work

/// The worker's side of `dandyroll job run SPEC.json`: does what the spec says and tells the daemon how it goes, one JSON
/// object a line (FORMATS.md, "Job events").
package struct JobProcess {
  private let specification: String
  private let emit: @Sendable (JobEvent) -> Void
  private let note: @Sendable (String) -> Void
  private let stopRequested: @Sendable () -> Bool

  /// - Parameters:
  ///   - specification: path of SPEC.json.
  ///   - emit: takes each event in order.
  ///   - note: takes lines for people, which go to the job's log.
  package init(
    specification: String, emit: @escaping @Sendable (JobEvent) -> Void,
    note: @escaping @Sendable (String) -> Void = { _ in }, stopRequested: @escaping @Sendable () -> Bool
  ) {
    self.specification = specification
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
        threads: spec.threads, report: { [emit] in emit(.progress($0)) }, note: note, stopRequested: stopRequested)
      switch spec.work {
      case .train(let train):
        stage = "train"
        emit(.finished(.train(try TrainWork(train, context).run())))
      case .release(let release):
        stage = "release"
        let secret = try VaultSecret.kept(in: release.vault, fresh: .drawn())
        emit(.finished(.release(try ReleaseWork(release, secret: secret, context).run())))
      case .audit(let audit):
        stage = "audit"
        emit(.finished(.audit(try AuditWork(asking: audit, context).run())))
      case .qualify(let qualify):
        stage = "qualify"
        emit(.finished(.qualify(try QualifyWork(qualify, context).run())))
      case .reference(let reference):
        stage = "reference"
        emit(.finished(.reference(try ReferenceWork(reference, context).run())))
      }
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
    do { spec = try CanonicalJSON.decode(JobSpec.self, from: data) } catch {
      throw WorkError.malformed(path: specification, reason: String(describing: error))
    }
    guard spec.version == JobSpec.currentVersion, spec.threads >= 1 else {
      throw WorkError.malformed(path: specification, reason: "version \(spec.version) or \(spec.threads) threads")
    }
    return spec
  }
}
