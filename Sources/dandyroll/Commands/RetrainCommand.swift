import ArgumentParser
import Service

struct RetrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retrain",
    abstract: "Train a new generator on a dataset's newest kept archive.",
    discussion: """
      A new release of that archive is made with the new generator, and the next archives of the dataset are marked with it; \
      earlier releases keep theirs. A training that is under way already is not \
      doubled; it is named instead.

      Example: dandyroll retrain cifar-10-binary
      Exit codes: 0 done, 1 refused or no daemon answers (with the reason), 2 wrong usage.
      """)

  @OptionGroup var daemon: DaemonConnection

  @Argument(help: "The dataset's name, as `dandyroll status` shows it.")
  var dataset: String

  func run() async throws {
    let dataset = dataset
    let report = try await daemon.ask { try await $0.retrain(dataset) }
    print(ReportText.job(report, now: DaemonConnection.now))
  }
}
