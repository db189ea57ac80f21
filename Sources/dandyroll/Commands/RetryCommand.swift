import ArgumentParser
import Service

struct RetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Run a failed, cancelled or waiting job again.",
    discussion: """
      A failed job's input comes back from the failed directory and is worked on with the settings of today. A job that \
      waits to be tried again is tried at once. While a release is held, its qualification judges it again, and its release \
      job makes another one of the same archive.

      Example: dandyroll retry 12
      Exit codes: 0 done, 1 refused or no daemon answers (with the reason), 2 wrong usage.
      """)

  @OptionGroup var daemon: DaemonConnection

  @Argument(help: "The job's number, as `dandyroll jobs` shows it.")
  var job: String

  func run() async throws {
    let job = job
    let report = try await daemon.ask { try await $0.retry(job) }
    print(ReportText.job(report, now: DaemonConnection.now))
  }
}
