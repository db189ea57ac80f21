import Jobs
import Synchronization

/// A job whose process runs: what its threads, the pipeline and the status page share.
final class RunningJob: Sendable {
  let id: Int64
  /// Whether it takes no other job's place, as audits, which mostly wait.
  let isBeside: Bool
  private let stopCause = Mutex<StopCause?>(nil)
  private let newest = Mutex<(progress: JobProgress, stageStart: (done: Int, at: Int), at: Int)?>(nil)

  init(id: Int64, isBeside: Bool = false) {
    self.id = id
    self.isBeside = isBeside
  }

  /// Asks the process to stop. A cancellation is not taken back by a shutdown.
  func stop(_ cause: StopCause) {
    stopCause.withLock { if $0 != .cancel { $0 = cause } }
  }

  var stopRequest: StopCause? {
    stopCause.withLock { $0 }
  }

  /// Notes progress that was reported at `now`, milliseconds on any steady clock.
  func note(_ progress: JobProgress, at now: Int) {
    newest.withLock {
      let isSameStage = $0.map { $0.progress.stage == progress.stage && $0.progress.done <= progress.done } ?? false
      let start = isSameStage ? $0?.stageStart : nil
      $0 = (progress, start ?? (progress.done, now), now)
    }
  }

  /// The newest progress with the seconds that its stage may still take at the pace so far.
  var progress: (progress: JobProgress, secondsLeft: Int?)? {
    newest.withLock { state in
      guard let (progress, start, at) = state else { return nil }
      let done = progress.done - start.done
      guard done > 0, at > start.at else { return (progress, nil) }
      let left = Double(max(0, progress.total - progress.done)) * Double(at - start.at) / Double(done) / 1000
      return (progress, Int(left.rounded(.up)))
    }
  }
}

/// The jobs whose processes run.
final class RunningJobs: Sendable {
  private let jobs = Mutex<[Int64: RunningJob]>([:])

  subscript(id: Int64) -> RunningJob? {
    get { jobs.withLock { $0[id] } }
    set { jobs.withLock { $0[id] = newValue } }
  }

  /// By their numbers.
  var all: [RunningJob] { jobs.withLock { $0.values.sorted { $0.id < $1.id } } }

  func stopAll(_ cause: StopCause) {
    for job in all { job.stop(cause) }
  }
}
