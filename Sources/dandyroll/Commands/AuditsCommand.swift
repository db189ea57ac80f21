import ArgumentParser
import Foundations
import Jobs
import Service

struct AuditsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audits",
    abstract: "Show suspects and what their audits found.",
    discussion: """
      Example: dandyroll audits acme-vision
      Exit codes: 0 done, 1 no such suspect or no daemon answers, 2 wrong usage.
      """)

  @OptionGroup var daemon: DaemonConnection

  @Argument(help: "A suspect's name; without one, all of them.")
  var suspect: String?

  @Option(help: "Audits of each suspect, newest first.")
  var limit = 20

  @Flag(help: "Print the daemon's answer as one line of JSON (docs/formats).")
  var json = false

  func run() async throws {
    let (suspect, limit) = (suspect, limit)
    let report = try await daemon.ask { try await $0.audits(of: suspect, limit: limit) }
    print(json ? try CanonicalJSON.line(report) : ReportText.audits(report, now: DaemonConnection.now))
  }
}
