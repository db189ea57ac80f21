import ArgumentParser
import Audits
import Evidence
import Foundation
import Foundations
import Jobs
import Trials

/// `dandyroll queries`: an audit by hand.
struct QueriesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queries", abstract: "Exports an audit's questions as images, and judges the answers.",
    subcommands: [Export.self, Score.self])

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes clean and marked verification images under names that tell nothing.",
      discussion: """
        Ask the suspect about every image in OUT/images and write its answers into a CSV file: the name from queries.csv, \
        then one probability for each class, or one label.

        Example: dandyroll queries export release-cifar-10-1 --vault vault \\
          --count 20 --suspect acme --out questions
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same command again.
        """)

    @Argument(help: "The release directory.")
    var release: String

    @Option(help: "The vault that the release's private record is in.")
    var vault: String

    @Option(help: "An archive of images that were never released (default: the release's own, held out if any are).")
    var images: String?

    @Option(help: "Verification samples.")
    var count = 20

    @Option(
      help: """
        Decoy carriers that are asked about beside the key's own (default: \(QualificationSettings.usualDecoys), or as \
        many more as the next look at the suspect needs, where there are so many; the paper's marks have none).
        """)
    var decoys: Int?

    @Option(help: "Multiples of ε at which keyed marks are painted (default: the generator's).")
    var amplitude: Int?

    @Option(
      help: """
        Who will be asked. Each suspect named has its share of α, the first half of it, the k-th 1/(k(k + 1)), and its \
        exports share that; those that name nobody count as about everybody.
        """)
    var suspect: String?

    @Option(
      name: .customLong("class"),
      help: """
        A class of the suspect, in its order, where these are not the release's; several times: a name of the release's, \
        two joined by "+" that the suspect has as one, or "-" for one that the release has not.
        """)
    var classes: [String] = []

    @Option(name: .customLong("out"), help: "The directory to make.")
    var output: String

    @OptionGroup var compute: ArchiveOptions

    func validate() throws {
      guard count >= 1, (decoys ?? 0) >= 0, DocumentBounds.amplitudes.contains(amplitude ?? 1) else {
        throw ValidationError(
          "--count is at least 1, --decoys at least 0, --amplitude 1 to \(DocumentBounds.amplitudes.upperBound)")
      }
    }

    func run() async throws {
      let export = QueryExport(
        release: release, vault: vault, images: images, count: count, decoys: decoys, amplitude: amplitude,
        suspect: suspect, classes: classes, output: output, limits: InputLimits())
      let result = try await compute.run { try export.run($0) }
      printLine("questions  \(result.queries) in \(output)/queries.csv, about \(result.samples) samples")
      if result.usedBefore > 0 { printLine("used       \(result.usedBefore) of the samples were asked about before") }
      printLine("decoys     \(result.decoys)")
      if let least = result.leastP {
        let weak = least > result.level ? "; these answers cannot convict" : ""
        let figures = String(
          format: "at α = .01 it convicts at p ≤ %.3g, the least possible is %.3g", result.level, least)
        let whom = suspect ?? "a suspect that was not named"
        printLine("look       \(result.look) at \(whom), claim \(result.claim): \(figures)\(weak)")
      }
      let owner =
        result.wereReleased ? "the release's own; a suspect may know these images" : "of the archive that was named"
      printLine("pool       \(result.split) split, \(owner)")
    }
  }

  struct Score: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tests the answers and gives a verdict.",
      discussion: """
        Example: dandyroll queries score answers.csv --vault vault --json
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same command again.
        """)

    @Argument(help: "The answers: a CSV file of names and probabilities or labels.")
    var answers: String

    @Option(help: "The vault that the release's private record is in.")
    var vault: String

    @Option(
      help: "α: the chance that any suspect is ever accused though innocent, over all exports of the vault.")
    var alpha = 0.01

    @Option(help: "The level of a reference panel's p-value, where there is a panel.")
    var panelAlpha = VerdictPolicy().panelAlpha

    @Flag(help: "Convict nobody without a reference panel.")
    var needsPanel = false

    @Option(help: "τ of the paper's t-test, which is reported and never decides.")
    var tau = 0.25

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
      guard [alpha, panelAlpha].allSatisfy({ $0 > 0 && $0 < 1 }), tau >= 0, tau < 1 else {
        throw ValidationError("--alpha and --panel-alpha are in (0, 1), --tau in [0, 1)")
      }
    }

    func run() async throws {
      let (answers, vault, margin) = (answers, vault, tau)
      let policy = VerdictPolicy(alpha: alpha, panelAlpha: panelAlpha, needsPanel: needsPanel)
      let score = try await StoppableWork.run {
        try QueryScore(answers: answers, vault: vault, policy: policy, margin: margin, $0)
      }
      if json { return print(try CanonicalJSON.line(score)) }
      printLine("verdict  \(score.verdict.outcome.rawValue)")
      for reason in score.verdict.reasons { printLine("         \(reason.sentence)") }
      let figures = score.figures
      let whom = score.suspect ?? "a suspect that was not named"
      printLine("look     \(score.look) at \(whom), claim \(score.claim), level \(String(format: "%.3g", score.level))")
      printLine("answers  \(score.answered) of \(score.queries)")
      if let gain = figures.deltaP { printLine("ΔP       \(String(format: "%+.4f", gain)) at \(figures.amplitude) ε") }
      if let p = figures.pDecoy {
        // An assignment may have been asked about under its own carriers alone.
        let others = figures.decoyMean.flatMap { mean in
          figures.decoyLargest.map { String(format: ", ΔP mean %+.4f, largest %+.4f", mean, $0) }
        }
        printLine("decoys   p \(String(format: "%.4g", p)) among \(figures.decoys)\(others ?? "")")
      }
      if let p = score.pPanel, let count = score.references {
        printLine("panel    p \(String(format: "%.3g", p)) among \(count) models that never saw the release")
      }
      if let p = figures.pT { printLine("t-test   p \(String(format: "%.3g", p)), reported only") }
      if let p = figures.pDiscordant {
        printLine("signs    p \(String(format: "%.3g", p)) (of labels: McNemar's test), reported only")
      }
    }
  }
}
