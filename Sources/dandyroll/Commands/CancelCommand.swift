import ArgumentParser
import Service

struct CancelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel",
    abstract: "Stop a job; its input is kept in the failed directory.",
    discussion: """
      Cancelling a release also cancels the training that was filed for it.

      Example: dandyroll cancel 12
      Exit codes: 0 done, 1 refused or no daemon answers (with the reason), 2 wrong usage.
      """)

  @OptionGroup var daemon: DaemonConnection

  @Argument(help: "The job's number, as `dandyroll jobs` shows it.")
  var job: String

  func run() async throws {
    let job = job
    let report = try await daemon.ask { try await $0.cancel(job) }
    print(ReportText.job(report, now: DaemonConnection.now))
  }
}
