package import Archives
package import Datasets
package import Foundations
package import Jobs
package import Watermarks

/// What work is given besides its input: somewhere to report to, a way to be stopped, and its share of the machine.
package struct WorkContext: Sendable {
  /// Called from the thread that works, at most a few times a second for long stages.
  package var report: @Sendable (JobProgress) -> Void
  /// Takes a line for people now and then, about what they would not expect.
  package var note: @Sendable (String) -> Void
  /// Asked between steps; true means checkpoint and throw `WorkError.stopped`.
  package var stopRequested: @Sendable () -> Bool
  /// Threads for computing, ≥ 1. Results do not depend on it.
  package var threads: Int
  /// The methods by which releases may be marked.
  package var methods: MethodRegistry
  /// Where surveys are kept; nil makes each anew.
  package var surveys: SurveyStore?
  /// Hears of every pass over a whole file that has come to its end, and of the stage that it was for.
  package var passed: @Sendable (_ file: String, _ stage: String) -> Void = { _, _ in }

  package init(
    threads: Int, methods: MethodRegistry = .standard, surveys: SurveyStore? = nil,
    report: @escaping @Sendable (JobProgress) -> Void = { _ in },
    note: @escaping @Sendable (String) -> Void = { _ in },
    stopRequested: @escaping @Sendable () -> Bool = { false }
  ) {
    self.threads = threads
    self.methods = methods
    self.surveys = surveys
    self.report = report
    self.note = note
    self.stopRequested = stopRequested
  }

  /// The survey of an archive, as it is kept or made now.
  /// - Parameter readsAll: whether most samples will be wanted: a survey that is made now keeps their pixels if all of them
  ///   are of one size and need at most half of the cache.
  package func survey(
    _ file: String, limits: InputLimits, readsAll: Bool = false, onProgress: @escaping ProgressReport
  ) throws -> DatasetSurvey {
    let pixels = readsAll ? limits.cacheBytes / 2 : 0
    guard let surveys else {
      return try DatasetSurvey(file: file, limits: limits, keeping: pixels, onProgress: onProgress)
    }
    return try surveys.survey(of: file, limits: limits, keeping: pixels, note: note, onProgress: onProgress)
  }

  /// - Throws: `WorkError.stopped` if the caller asked to stop.
  package func checkStop() throws {
    if stopRequested() { throw WorkError.stopped }
  }
}
