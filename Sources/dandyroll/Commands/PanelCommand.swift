import ArgumentParser
import Foundation
import Foundations
import Jobs
import Service
import Trials

/// `dandyroll panel`: models that never saw a release, which suspects are compared with.
struct PanelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "panel", abstract: "Builds and shows reference panels.", subcommands: [Build.self, Show.self])

  struct Build: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Trains independent models on the clean data and scores them under a release's key.",
      discussion: """
        With a dataset's name, the daemon files a job for its newest release. With --vault, --release and --original the \
        panel is built here, without a daemon. Models that the dataset has already are not trained again.

        Examples: dandyroll panel build cifar-10-binary
                  dandyroll panel build --vault vault --release release-cifar-10-1 \\
                    --original cifar-10-binary.tar.gz
        Exit codes: 0 done, 1 failed or refused (with the reason), 2 wrong usage, 3 refused input, 75 stopped: give the \
        same command again.
        """)

    @OptionGroup var daemon: DaemonConnection

    @Argument(help: "The dataset's name, as `dandyroll status` shows it.")
    var dataset: String?

    @OptionGroup var record: RecordOptions

    @Option(help: "The archive before marking, without a daemon.")
    var original: String?

    @Option(help: "Without a daemon: models.")
    var models = ReferenceSettings().models

    @Option(help: "Without a daemon: epochs of a model.")
    var epochs = ReferenceSettings().epochs

    @Option(help: "Without a daemon: training samples of a model before it is halved; 0 for all.")
    var samples = ReferenceSettings().samples

    @OptionGroup var compute: ArchiveOptions

    func validate() throws {
      try record.validate(against: dataset)
      guard (record.vault == nil) == (original == nil) else {
        throw ValidationError("--vault, --release and --original go together")
      }
      guard models >= 1, epochs >= 1, samples >= 0 else {
        throw ValidationError("--models and --epochs are at least 1, --samples at least 0")
      }
    }

    func run() async throws {
      if let vault = record.vault, let release = record.release, let original {
        let panel = PanelInPlace(
          release: release, vault: vault, original: original,
          settings: ReferenceSettings(models: models, epochs: epochs, samples: samples), limits: InputLimits())
        let result = try await compute.run { try panel.run($0) }
        printLine("panel     \(result.panel): \(result.models) models; \(result.trained) were trained now")
        if let useless = result.leftOut {
          printLine("left out  \(useless.joined(separator: ", ")): no better than guessing")
        }
      } else if let dataset {
        let report = try await daemon.ask { try await $0.buildPanel(dataset) }
        print(ReportText.job(report, now: DaemonConnection.now))
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists a panel's models and how their ΔP is distributed.",
      discussion: """
        Examples: dandyroll panel show cifar-10-binary --json
                  dandyroll panel show --vault vault --release release-cifar-10-1
        Exit codes: 0 done, 1 failed or refused (with the reason), 2 wrong usage, 3 refused input, 75 stopped.
        """)

    @OptionGroup var daemon: DaemonConnection

    @Argument(help: "The dataset's name, as `dandyroll status` shows it.")
    var dataset: String?

    @OptionGroup var record: RecordOptions

    @Flag(help: "Print the panel as JSON.")
    var json = false

    func validate() throws { try record.validate(against: dataset) }

    func run() async throws {
      let summary: PanelSummary
      if let vault = record.vault, let release = record.release {
        summary = try PanelSummary(vault: vault, release: PanelInPlace.name(of: release))
      } else {
        let dataset = dataset ?? ""
        summary = try PanelSummary(
          await daemon.ask { try await $0.panel(dataset) })
      }
      if json { return print(try CanonicalJSON.line(summary)) }
      printLine("release  \(summary.release), \(summary.samples) images at \(summary.amplitude) ε")
      let rows = summary.models.sorted(by: { $0.deltaP > $1.deltaP }).map { model in
        [
          "\(model.architecture):\(model.width)", "\(model.seed)", model.part, model.augments ? "yes" : "no",
          String(format: "%6.3f", model.ba), String(format: "%+.4f", model.deltaP),
        ]
      }
      TextTable([["model", "seed", "data", "augmented", "BA", "ΔP"]] + rows).lines.forEach { printLine($0) }
      let spread = summary.distribution
      printLine(
        "ΔP       "
          + String(format: "least %+.4f, median %+.4f, largest %+.4f", spread.least, spread.median, spread.largest))
      printLine("p-value  at least \(String(format: "%.3g", 1 / Double(summary.models.count + 1)))")
    }
  }

  /// A release's private record, for work without a daemon.
  struct RecordOptions: ParsableArguments {
    @Option(help: "The vault, without a daemon.")
    var vault: String?

    @Option(help: "The release directory or its name in the vault, without a daemon.")
    var release: String?

    func validate(against dataset: String?) throws {
      guard (vault == nil) == (release == nil), (vault == nil) != (dataset == nil) else {
        throw ValidationError("give a dataset's name, or --vault and --release")
      }
    }
  }
}
