import Foundation
import Work

/// Blocking work with a progress display and stop signals, off the cooperative pool.
enum StoppableWork {
  /// - Parameter threads: to compute on; nil takes all processors.
  static func run<Result: Sendable>(
    threads: Int? = nil, _ work: @escaping @Sendable (WorkContext) throws -> Result
  ) async throws -> Result {
    let display = ProgressDisplay()
    let signal = StopSignal.shared
    signal.workBegins()
    let context = WorkContext(
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, report: { display.show($0) },
      note: { display.note($0) }, stopRequested: { signal.isRequested })
    defer {
      signal.workEnds()
      display.finish()
    }
    return try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Swift.Result { try work(context) }) }
    }
  }
}
