import ArgumentParser
import Evidence
import Foundation
import Jobs
import Workers

/// `dandyroll qualify`: simulated users judge a release before it goes out.
struct QualifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "qualify",
    abstract: "Trains simulated users on a release and innocent ones beside it, and judges both.",
    discussion: """
      Exit code 0: passed; 1: held or inconclusive.

      Example: dandyroll qualify release-cifar-10-1 --vault vault --original cifar-10-binary.tar.gz --report report.html
      """)

  @Argument(help: "The release directory.")
  var release: String

  @Option(help: "The vault that the release's private record is in.")
  var vault: String

  @Option(help: "The archive before marking (default: innocent users train on the release's unmarked samples).")
  var original: String?

  @Option(help: "A simulated user as ARCHITECTURE:WIDTH; may be given again.")
  var learner: [String] = []

  @Option(help: "\"malicious\", \"ind-m\" or \"ind-w\"; may be given again (default: all, which a verdict needs).")
  var scenario: [QualificationRow.Scenario] = []

  @Option(help: "Models of each kind and learner.")
  var seeds = 2

  @Option(help: "Epochs of a model.")
  var epochs = 8

  @Option(help: "Training samples of a model (default: all).")
  var samples: Int?

  @Option(help: "Verification images.")
  var images = 50

  @Option(help: "Decoy carriers that are asked about beside the key's own.")
  var decoys = QualificationSettings.usualDecoys

  @Option(
    name: .customLong("amplitude"),
    help: "A multiple of ε to look at beside the generator's own, which alone decides; may be given again.")
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

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard seeds >= 1, epochs >= 1, images >= 2, decoys >= 1, (samples ?? 1) >= 1, amplitudes.allSatisfy({ $0 >= 1 })
    else {
      throw ValidationError(
        "--seeds, --epochs, --decoys, --samples and --amplitude are at least 1, --images at least 2")
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

  func run() async throws {
    var settings = QualificationSettings(
      seeds: seeds, epochs: epochs, samples: samples ?? .max, images: images, decoys: decoys,
      otherAmplitudes: amplitudes,
      seed: seed ?? .random(in: 0...UInt64(Int32.max)), augments: augment)
    if !scenario.isEmpty { settings.scenarios = scenario }
    if !learner.isEmpty { settings.learners = try learners() }
    gate.apply(to: &settings)
    let work = Qualification(
      release: release, vault: vault, original: original, settings: settings, limits: InputLimits(),
      workDirectory: workDirectory)
    let page = page
    let report = try await compute.run { context in
      let report = try work.run(context)
      if let page { try QualificationPage(report, sheet: work.sheet()).write(to: page) }
      return report
    }
    if json { print(try JobJSON.line(report)) } else { show(report) }
    if report.outcome != .passed { throw ExitCode(1) }
  }

  private func show(_ report: QualificationReport) {
    print("outcome  \(report.outcome.rawValue)")
    for reason in report.reasons { print("         \(reason)") }
    for learner in report.leftOut { print("left out \(learner): the images are too small for it") }
    if report.surrogate == nil { print("left out copies of the surrogate: none was kept with the generator") }
    print(
      "scenario   model                     seed  kind       ε      BA    WSR     ΔP  decoys (mean, largest)  p decoy  verdict"
    )
    for row in report.rows + report.otherAmplitudes {
      let model = "\(row.model.architecture):\(row.model.width)"
      func number(_ value: Double?) -> String { value.map { String(format: "%6.3f", $0) } ?? "     –" }
      print(
        row.scenario.rawValue.padded(10), model.padded(24), "\(row.model.seed % 100_000)".padded(6),
        row.model.kind.padded(10), "×\(row.figures.amplitude)", number(row.ba), number(row.wsr),
        number(row.figures.deltaP),
        number(row.figures.decoyMean), number(row.figures.decoyLargest), "         ",
        row.figures.pDecoy.map { String(format: "%.5f", $0) } ?? "     –", "", row.verdict.outcome.rawValue)
    }
  }
}

extension QualificationRow.Scenario: ExpressibleByArgument {}

extension String {
  fileprivate func padded(_ width: Int) -> String {
    count >= width ? self : self + String(repeating: " ", count: width - count)
  }
}
