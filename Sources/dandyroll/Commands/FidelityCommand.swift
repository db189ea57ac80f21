import ArgumentParser
import Fidelity
import Foundation
import Foundations
import Jobs
import Work

/// `dandyroll fidelity`: how far a model is from its host.
struct FidelityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fidelity", abstract: "Compares two models of one architecture: what they say, feel and weigh.",
    discussion: """
      On the archive's held-out split: accuracy of both, total weight loss (TWL), penultimate feature loss (PFL), softmax \
      probability-distribution loss (SPL, nats), and on how many images they agree. Features of two networks that were \
      trained by themselves are turned against each other: PFL is for models that began with the same weights.

      Example: dandyroll fidelity host.safetensors marked.safetensors cifar-10-binary.tar.gz
      Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same command again.
      """)

  @Argument(help: "The file of the model that the other is compared with.")
  var host: String

  @Argument(help: "The other model's file.")
  var model: String

  @Argument(help: "The dataset: an archive, a directory, or a list of shards.")
  var archive: String

  @Flag(help: "Print the figures as JSON.")
  var json = false

  @OptionGroup var compute: ArchiveOptions

  func run() async throws {
    let work = FidelityComparison(host: host, model: model, archive: archive, limits: InputLimits())
    let figures = try await compute.run { try work.run($0) }
    if json { return print(try CanonicalJSON.line(figures)) }
    printLine("images  \(figures.images)")
    FidelityText.lines([("host", figures.host), ("model", figures.model)]).forEach { printLine($0) }
  }
}

/// Figures of models beside their host's, as lines for a terminal.
enum FidelityText {
  static func lines(_ rows: [(name: String, figures: FidelityFigures)]) -> [String] {
    let heading = ["", "accuracy", "triggers", "TWL", "PFL", "SPL", "agrees on"]
    let cells = rows.map { name, figures in
      [name, share(figures.accuracy), figures.triggerAccuracy.map(share) ?? ""]
        + [figures.twl, figures.pfl, figures.spl].map { String(format: "%.4g", $0) } + [share(figures.agreement)]
    }
    return TextTable([heading] + cells).withoutEmptyColumns.lines
  }

  private static func share(_ value: Double) -> String { String(format: "%.4f", value) }
}
