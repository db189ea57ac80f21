import ArgumentParser
import Fidelity
import Foundation
import Foundations
import Reproductions
import Work

/// `dandyroll reproduce`: what the papers measured, measured here.
struct ReproductionCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce", abstract: "Measures the papers' tables and figures on their data.",
    subcommands: [ReproduceCommand.self, ReproduceFidelityCommand.self], defaultSubcommand: ReproduceCommand.self)
}

/// `dandyroll reproduce fidelity`.
struct ReproduceFidelityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fidelity", abstract: "Measures what embedding triggers costs a model, by each loss of deep fidelity.",
    discussion: """
      A host, then a copy of it for each loss (ce, twl, pfl, spl, pfl+spl), with the last layer learned and fixed, \
      fine-tuned and from scratch: accuracy, trigger accuracy, TWL, PFL, SPL, agreement with the host. Everything is kept \
      in OUT; the same command goes on from there.

      Example: dandyroll reproduce fidelity --dataset cifar10 \\
        --data cifar-10-binary.tar.gz
      Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same command again.
      """)

  @Option(help: "mnist, cifar10 or cifar100.")
  var dataset: FidelityDataset

  @Option(help: "The dataset's archive; for mnist the directory of its four files.")
  var data: String

  @Option(
    help: """
      "small": narrow networks, 10,000 images and few epochs, for two cores; "paper": ResNet-18, for cifar100 WRN-28-10, \
      and the published schedule.
      """)
  var scale = PaperScale.small

  @Option(help: "A loss to measure; may be given again (default: all).")
  var loss: [EmbeddingLoss] = []

  @Option(help: "Seed of everything that is random.")
  var seed: UInt64 = 1

  @Option(
    name: .customLong("out"),
    help: "The directory that everything is kept in (default: reproduction-fidelity-DATASET-SCALE).")
  var output: String?

  @Flag(help: "Take data that is not the published dataset, such as a part of it.")
  var anyData = false

  @Flag(help: "Print the report as JSON.")
  var json = false

  @OptionGroup var compute: ComputeOptions

  func run() async throws {
    var settings = scale.fidelitySettings(for: dataset)
    if !loss.isEmpty { settings.losses = EmbeddingLoss.allCases.filter(loss.contains) }
    let work = FidelityReproduction(
      of: dataset, data: data, isChecked: !anyData, scale: scale, settings: settings,
      directory: output ?? "reproduction-fidelity-\(dataset.rawValue)-\(scale.rawValue)", seed: seed,
      limits: InputLimits())
    let report = try await compute.run { try work.run($0) }
    if json { print(try CanonicalJSON.line(report)) } else { report.lines.forEach { printLine($0) } }
  }
}

extension FidelityDataset: ExpressibleByArgument {}
