import ArgumentParser
import Service

struct PublishCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Let a held release out, whatever its qualification said.",
    discussion: """
      The release moves from the held directory to the outbox; the ledger keeps that it was let out on request. To judge \
      it again instead, retry its qualification: `dandyroll retry JOB`.

      Example: dandyroll publish release-cifar-10-binary-1
      Exit codes: 0 done, 1 refused or no daemon answers (with the reason), 2 wrong usage.
      """)

  @OptionGroup var daemon: DaemonConnection

  @Argument(help: "The release's name, as `dandyroll status` shows it.")
  var release: String

  func run() async throws {
    let release = release
    let report = try await daemon.ask { try await $0.publish(release) }
    print(ReportText.job(report, now: DaemonConnection.now))
  }
}
