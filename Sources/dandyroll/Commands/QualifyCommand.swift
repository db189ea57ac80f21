import ArgumentParser
import Evidence
import Foundation
import Foundations
import Jobs
import Trials
import Work

/// `dandyroll qualify`: simulated users judge a release before it goes out.
struct QualifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "qualify",
    abstract: "Trains simulated users on a release and innocent ones beside it, and judges both.",
    discussion: """
      Example: dandyroll qualify release-cifar-10-1 --vault vault \\
        --original cifar-10-binary.tar.gz --report report.html
      Exit codes: 0 passed, 1 held, inconclusive or failed, 2 wrong usage, 3 refused input, 75 stopped: give the same \
      command again.
      """)

  /// What is not given is as for the daemon's jobs.
  private static let usual = QualifySettings()

  @Argument(help: "The release directory.")
  var release: String

  @Option(help: "The vault that the release's private record is in.")
  var vault: String

  @Option(
    help: """
      The archive before marking. Without it innocent users train on the release's unmarked samples, and the outcome is \
      inconclusive: another owner's marks (ind-w) need it.
      """)
  var original: String?

  @Option(
    help: """
      A simulated user as ARCHITECTURE:WIDTH; may be given again (default: \
      \(Self.usual.learners.map(\.description).joined(separator: " and "))).
      """)
  var learner: [String] = []

  @Option(help: "\"malicious\", \"ind-m\" or \"ind-w\"; may be given again (default: all, which a verdict needs).")
  var scenario: [QualificationRow.Scenario] = []

  @Option(help: "Models of each kind and learner.")
  var seeds = Self.usual.seeds

  @Option(help: "Epochs of a model.")
  var epochs = Self.usual.epochs

  @Option(help: "Training samples of a model (default: all).")
  var samples: Int?

  @Option(help: "Verification images.")
  var images = Self.usual.images

  @Option(help: "Decoy carriers that are asked about beside the key's own.")
  var decoys = Self.usual.decoys

  @Option(
    name: .customLong("amplitude"),
    help: """
      Of keyed marks: a multiple of ε to look at beside the generator's own, which alone decides; may be given again.
      """)
  var amplitudes: [Int] = []

  @Flag(inversion: .prefixedNo, help: "Random crops, and flips of colour images.")
  var augment = true

  @Option(help: "Seed of the simulated models (default: drawn).")
  var seed: UInt64?

  @Flag(help: "Print the report as JSON.")
  var json = false

  @Option(name: .customLong("report"), help: "Write the report as one HTML file for people to read.")
  var page: String?

  @Option(
    name: .customLong("work"),
    help: "A directory for finished models and checkpoints: the same command goes on from them (default: none).")
  var workDirectory: String?

  @OptionGroup var gate: GateOptions

  @OptionGroup var compute: ArchiveOptions

  func validate() throws {
    guard seeds >= 1, epochs >= 1, images >= 2, decoys >= 1, (samples ?? 1) >= 1 else {
      throw ValidationError("--seeds, --epochs, --decoys and --samples are at least 1, --images at least 2")
    }
    guard amplitudes.allSatisfy(DocumentBounds.amplitudes.contains) else {
      throw ValidationError("--amplitude is 1 to \(DocumentBounds.amplitudes.upperBound)")
    }
    _ = try learners()
  }

  private func learners() throws -> [Learner] {
    try learner.map { text in
      guard let learner = Learner(text) else {
        throw ValidationError("--learner “\(text)”: ARCHITECTURE:WIDTH, such as resnet18:8")
      }
      return learner
    }
  }

  private func settings() throws -> QualifySettings {
    var settings = Self.usual
    if !learner.isEmpty { settings.learners = try learners() }
    settings.seeds = seeds
    settings.epochs = epochs
    settings.samples = samples ?? 0
    settings.images = images
    settings.decoys = decoys
    gate.apply(to: &settings)
    return settings
  }

  func run() async throws {
    let page = try page.map { try OutputFile($0) }
    let settings = QualificationSettings(
      try settings(), seed: try WorkSeed(seed, keptIn: workDirectory).seed,
      scenarios: scenario.isEmpty ? QualificationRow.Scenario.allCases : scenario, otherAmplitudes: amplitudes,
      augments: augment)
    let missing = settings.untrained(hasOriginal: original != nil)
    if !missing.isEmpty {
      let kinds = missing.map(\.rawValue).joined(separator: ", ")
      let cure = original == nil && missing.contains(.independentWatermark) ? "; ind-w needs --original" : ""
      StandardStream.error.write(
        "dandyroll: the outcome will be inconclusive, no model of \(kinds) will be trained\(cure)\n")
    }
    let work = Qualification(
      release: release, vault: vault, original: original, settings: settings, limits: InputLimits(),
      workDirectory: workDirectory)
    let (report, sheet) = try await compute.run { try work.judged($0) }
    if json { print(try CanonicalJSON.line(report)) } else { show(report) }
    if let page { try QualificationPage(report, sheet: sheet).write(to: page.path) }
    if report.outcome != .passed { throw ExitCode(1) }
  }

  private func show(_ report: QualificationReport) {
    printLine("outcome  \(report.outcome.rawValue)")
    for reason in report.reasons { printLine("         \(reason)") }
    for learner in report.leftOut { printLine("left out \(learner): the images are too small for it") }
    if let standIn = report.standIn { printLine("stands in \(standIn), so that two architectures judge") }
    if report.surrogate == nil { printLine("left out copies of the surrogate: none was kept with the generator") }
    let rows = (report.rows + report.otherAmplitudes).map { row in
      [
        row.scenario.rawValue, "\(row.model.architecture):\(row.model.width)", "\(row.model.seed)", row.model.kind,
        "×\(row.figures.amplitude)",
      ] + FindingColumns.cells(row.finding, alpha: report.alpha)
    }
    guard !rows.isEmpty else { return }
    TextTable([["scenario", "model", "seed", "kind", "ε"] + FindingColumns.heading] + rows).withoutEmptyColumns.lines
      .forEach { printLine($0) }
  }
}

extension QualificationRow.Scenario: ExpressibleByArgument {}

/// The limits that decide whether a release passes, named as in the configuration.
struct GateOptions: ParsableArguments {
  private static let usual = QualifySettings()

  @Option(help: "Largest drop of accuracy against clean training, in [0, 1].")
  var largestBaDrop = Self.usual.largestDrop

  @Option(help: "Least WSR of a model trained on the release from scratch.")
  var leastWsr = Self.usual.leastSuccess

  @Option(help: "Least ΔP of a model trained on the release from scratch.")
  var leastDeltaP = Self.usual.leastGain

  @Option(help: "Least share of the models fine-tuned on the release that are convicted.")
  var leastFineTuned = Self.usual.leastFineTuned

  @Option(help: "Largest share of innocent models accused.")
  var largestInnocentRate = Self.usual.largestInnocentRate

  func validate() throws {
    let shares = [largestBaDrop, leastWsr, leastFineTuned, largestInnocentRate]
    guard shares.allSatisfy({ (0...1).contains($0) }), (-1...1).contains(leastDeltaP) else {
      throw ValidationError("the gate's limits are shares in [0, 1], --least-delta-p is in [-1, 1]")
    }
  }

  func apply(to settings: inout QualifySettings) {
    settings.largestDrop = largestBaDrop
    settings.leastSuccess = leastWsr
    settings.leastGain = leastDeltaP
    settings.leastFineTuned = leastFineTuned
    settings.largestInnocentRate = largestInnocentRate
  }
}
