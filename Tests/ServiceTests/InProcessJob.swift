import Foundations
import Jobs
import Synchronization
import Watermarks
import Workers

@testable import Service

/// Runs jobs as their processes would, but in this one.
enum InProcessJob {
  /// - Parameter took: takes each line that the process would write.
  static func run(
    _ run: FakeExecutor.Run, kinds: JobKinds = .all, methods: MethodRegistry = .standard,
    took: @escaping @Sendable (String) -> Void = { _ in }
  ) -> ExecutionEnd {
    let last = Mutex<FinalEvent?>(nil)
    let process = JobProcess(
      specification: run.path, kinds: kinds, methods: methods,
      emit: { event in
        let line = event.line
        took(line)
        switch try? CanonicalJSON.decode(JobEvent.self, from: line.utf8, kinds: kinds) {
        case .progress(let progress): run.job.note(progress, at: 0)
        case .finished(let result): last.withLock { $0 = .finished(result) }
        case .failed(let failure): last.withLock { $0 = .failed(failure) }
        case .stopped: last.withLock { $0 = .stopped }
        case nil: break
        }
      }, stopRequested: { run.job.stopRequest != nil })
    let code = process.run()
    return ExecutionEnd(exit: .exited(code), last: last.withLock { $0 }, stop: run.job.stopRequest)
  }
}
