import ArgumentParser
import Service

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Audit a suspect now, whatever its schedule.",
    discussion: """
      The suspect is one of the configuration's. An audit of it that is under way is not doubled; it is named instead.

      Example: dandyroll audit acme-vision
      Exit codes: 0 filed, 1 refused or no daemon answers (with the reason), 2 wrong usage.
      """)

  @OptionGroup var daemon: DaemonConnection

  @Argument(help: "The suspect's name, as `dandyroll audits` shows it.")
  var suspect: String

  func run() async throws {
    let suspect = suspect
    let report = try await daemon.ask { try await $0.audit(suspect) }
    print(ReportText.job(report, now: DaemonConnection.now))
  }
}
