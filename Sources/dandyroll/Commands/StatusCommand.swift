import ArgumentParser
import Foundations
import Jobs
import Service

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show what the daemon is doing.",
    discussion: """
      Example: dandyroll status
      Exit codes: 0 done, 1 no daemon answers, 2 wrong usage.
      """)

  @OptionGroup var daemon: DaemonConnection

  @Flag(help: "Print the daemon's answer as one line of JSON (docs/formats).")
  var json = false

  func run() async throws {
    let report = try await daemon.ask { try await $0.status() }
    print(json ? try CanonicalJSON.line(report) : ReportText.status(report, now: DaemonConnection.now))
  }
}
