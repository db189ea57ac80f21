import ArgumentParser
import Datasets
import Jobs
import Work

/// What commands that read archives and compute have in common.
struct ArchiveOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep what is found in archives in this directory, and do not look for it again.",
      discussion: "docs/formats, “Kept surveys”. Nothing in it is secret, and all of it may be removed.",
      valueName: "directory"))
  var surveys: String?

  @OptionGroup var compute: ComputeOptions

  /// Runs blocking work with a progress display and stop signals, off the cooperative pool.
  func run<Result: Sendable>(_ work: @escaping @Sendable (WorkContext) throws -> Result) async throws -> Result {
    let surveys = surveys.map { SurveyStore(directory: $0, program: ProgramVersion.current) }
    return try await compute.run { context in
      var context = context
      context.surveys = surveys
      return try work(context)
    }
  }
}
