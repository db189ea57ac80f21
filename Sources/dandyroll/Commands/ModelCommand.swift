import ArgumentParser
import Evidence
import Foundation
import Foundations
import Jobs
import Training
import Trials
import Watermarks
import Work

/// `dandyroll model`: classifiers as a dataset's users train them.
struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Trains, evaluates, marks and serves classifiers.",
    subcommands: [Train.self, Evaluate.self, Serve.self, Ask.self, Watermark.self, VerifyWatermark.self])

  struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Trains a classifier on an archive's training split.",
      discussion: """
        Example: dandyroll model train cifar-10-binary.tar.gz \\
          --architecture resnet18 --width 16 --out model.safetensors
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same command again.
        """)

    @Argument(help: "The dataset: an archive, a directory, or a list of shards.")
    var archive: String

    @Option(help: "Architecture of the classifier: \(Learner.names).")
    var architecture: String?

    @Option(name: .customLong("from"), help: "A trained model to fine-tune, whose architecture and width are kept.")
    var start: String?

    @Option(help: "The largest learning rate (default: 0.1 from scratch, a fifth of it for fine-tuning).")
    var rate: Double?

    @Option(help: "Channels of the first stage (default: the published width).")
    var width: Int?

    @Option(help: "Passes over the training split.")
    var epochs = 10

    @Option(help: "Side of the images that it learns from, which are scaled to it (default: see training-size).")
    var trainingSize = 0

    @Option(help: "Images a step.")
    var batch = 128

    @Flag(inversion: .prefixedNo, help: "Random crops, and flips of colour images.")
    var augment = true

    @Option(name: .customLong("out"), help: "The model file to write.")
    var output: String

    @Option(help: "Seed of weights, order and augmentation.")
    var seed: UInt64 = 0

    @OptionGroup var compute: ArchiveOptions

    func validate() throws {
      if epochs < 1 || batch < 1 || (width ?? 1) < 1 {
        throw ValidationError("--epochs, --batch and --width are at least 1")
      }
      guard trainingSize == 0 || 8...1024 ~= trainingSize, trainingSize % 8 == 0 else {
        throw ValidationError("--training-size is a multiple of 8 within 8 … 1024")
      }
      if (architecture == nil) == (start == nil) || (start != nil && width != nil) {
        throw ValidationError("either --architecture, with or without --width, or --from")
      }
      if let rate, !(rate > 0 && rate <= 10) { throw ValidationError("--rate is in (0, 10]") }
    }

    func run() async throws {
      let work = ModelTraining(
        archive: archive, settings: try settings(), from: start, seed: seed, output: output, size: trainingSize,
        limits: InputLimits())
      let accuracy = try await compute.run { try work.run($0) }
      printLine("model     \(output)")
      if let accuracy { printLine("accuracy  \(String(format: "%.4f", accuracy)) on the held-out split") }
    }

    private func settings() throws -> ClassifierSettings {
      var settings =
        if let start {
          try ClassifierSettings(fineTuning: start, epochs: epochs, batch: batch, augments: augment)
        } else {
          try ClassifierSettings(
            published: architecture ?? "", width: width, epochs: epochs, batch: batch, augments: augment)
        }
      if let rate { settings.peakRate = rate }
      return settings
    }
  }

  struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints accuracy, and what a model answers to a release's marks or a generator's.",
      discussion: """
        With --vault the model stands an audit's trial: the marks are asked about together with decoys, and the verdict \
        is printed.

        Example: dandyroll model evaluate model.safetensors cifar-10-binary.tar.gz \\
          --vault vault
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same command again.
        """)

    @Argument(help: "The model file.")
    var model: String

    @Argument(help: "The dataset, with clean images: an archive, a directory, or a list of shards.")
    var archive: String

    @Option(help: "A generator of the paper's marks, which need no release to be asked about.")
    var generator: String?

    @Option(help: "The vault of the release that was made from the archive.")
    var vault: String?

    @Option(help: "The release's name (default: the only one in the vault that was made from the archive).")
    var release: String?

    @Option(help: "Verification images of the release that the model is asked about.")
    var images = 50

    @Option(help: "A file to write the model's answers to them to, as tensors.")
    var answers: String?

    @Option(help: "A PNG file for what each class of an assignment gains under each carrier.")
    var matrix: String?

    @Flag(help: "Print the figures as JSON.")
    var json = false

    @OptionGroup var compute: ArchiveOptions

    func validate() throws {
      if answers != nil, vault == nil { throw ValidationError("--answers needs --vault") }
      if matrix != nil, vault == nil { throw ValidationError("--matrix needs --vault") }
      guard images >= 1 else { throw ValidationError("--images is at least 1") }
      if vault != nil, generator != nil { throw ValidationError("--vault and --generator exclude each other") }
      if release != nil, vault == nil { throw ValidationError("--release needs --vault") }
    }

    func run() async throws {
      let marks: ModelEvaluation.Marks =
        vault.map { .release(release, vault: $0) } ?? generator.map { .generator($0) } ?? .none
      let picture = try matrix.map { try OutputFile($0) }
      let work = ModelEvaluation(
        model: model, archive: archive, marks: marks, images: images, answers: answers, matrix: picture?.path,
        limits: InputLimits())
      let figures = try await compute.run { try work.run($0) }
      if json {
        print(try CanonicalJSON.line(figures))
        return
      }
      printLine("BA   \(String(format: "%.4f", figures.ba)) on \(figures.samples) samples")
      if let wsr = figures.wsr, let gain = figures.deltaP, let baseline = figures.baseline {
        printLine("WSR  \(String(format: "%.4f", wsr)) (clean images: \(String(format: "%.4f", baseline)))")
        printLine("ΔP   \(String(format: "%+.4f", gain))")
      }
      if let p = figures.pDecoy, let keys = figures.keys {
        printLine("p    \(String(format: "%.3g", p)) (the key's rank among \(keys))")
      }
      if let gain = figures.lossGain {
        printLine("ℓ    \(String(format: "%+.4f", gain)) (loss of marked samples' originals less theirs; no test)")
      }
      if let signs = figures.pTwins, let magnitudes = figures.pFlips {
        printLine("p    \(String(format: "%.3g, by signs %.3g", magnitudes, signs)) (released samples and their twins)")
      }
      if let outcome = figures.outcome { printLine("     \(outcome.rawValue)") }
      if let gains = figures.matrix { printPicture(AssignmentPicture([("class ↓ carrier →", gains)])) }
    }
  }
}
