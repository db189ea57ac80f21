package import Archives
package import Jobs
import Synchronization
package import Watermarks

/// Thins progress to a few reports a second; a stage's first and last are always reported.
package final class Reporter: Sendable {
  private let context: WorkContext
  private let last = Mutex<(stage: String, at: ContinuousClock.Instant)?>(nil)
  private static let interval = Duration.milliseconds(200)

  package init(_ context: WorkContext) { self.context = context }

  package func progress(_ progress: JobProgress) {
    let due = last.withLock { last in
      if let last, last.stage == progress.stage, progress.done < progress.total,
        ContinuousClock.now - last.at < Self.interval
      {
        return false
      }
      last = (progress.stage, .now)
      return true
    }
    if due { context.report(progress) }
  }

  /// A report for passes over archives, which also stops them when the caller asks to stop.
  package func bytes(_ stage: String) -> ProgressReport {
    { [self] passed in
      try context.checkStop()
      if let file = passed.over { return context.passed(file, stage) }
      progress(JobProgress(stage: stage, done: passed.bytesRead, total: passed.bytesTotal, unit: "bytes"))
    }
  }

  /// The same for a pass over images that are in memory already.
  package func images(_ stage: String) -> ImageReport {
    { [self] done, total in
      try context.checkStop()
      progress(JobProgress(stage: stage, done: done, total: total, unit: "images"))
    }
  }
}
