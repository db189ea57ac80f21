import ArgumentParser
import Work

/// What commands that compute have in common, and what they hand to the work.
struct ComputeOptions: ParsableArguments {
  @Option(help: "Threads to compute on (default: all processors). Results do not depend on it.")
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is at least 1") }
  }

  /// Runs blocking work with a progress display and stop signals, off the cooperative pool.
  func run<Result: Sendable>(_ work: @escaping @Sendable (WorkContext) throws -> Result) async throws -> Result {
    try await StoppableWork.run(threads: threads, work)
  }
}
