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

  package init(
    threads: Int, methods: MethodRegistry = .standard, report: @escaping @Sendable (JobProgress) -> Void = { _ in },
    note: @escaping @Sendable (String) -> Void = { _ in },
    stopRequested: @escaping @Sendable () -> Bool = { false }
  ) {
    self.threads = threads
    self.methods = methods
    self.report = report
    self.note = note
    self.stopRequested = stopRequested
  }

  /// - Throws: `WorkError.stopped` if the caller asked to stop.
  package func checkStop() throws {
    if stopRequested() { throw WorkError.stopped }
  }
}
