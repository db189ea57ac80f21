import ArgumentParser
import Foundations
import Jobs
import Service

struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs",
    abstract: "List the jobs, the newest first.",
    discussion: """
      Example: dandyroll jobs --limit 20
      Exit codes: 0 done, 1 no daemon answers, 2 wrong usage.
      """)

  @OptionGroup var daemon: DaemonConnection

  @Flag(help: "Print the daemon's answer as one line of JSON (docs/formats).")
  var json = false

  @Option(help: "How many jobs at most.")
  var limit = 200

  func validate() throws {
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be within 1 … 10000") }
  }

  func run() async throws {
    let limit = limit
    let report = try await daemon.ask { try await $0.jobs(limit: limit) }
    print(json ? try CanonicalJSON.line(report) : ReportText.jobs(report, now: DaemonConnection.now))
  }
}
