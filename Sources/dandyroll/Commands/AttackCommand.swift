import ArgumentParser
import Attacks
import Watermarks

/// `dandyroll attack`: what is left of a mark after what a suspect may do to be rid of it.
struct AttackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attack", abstract: "Attacks a model's mark, and audits the model before and after.",
    discussion: """
      MODEL is a classifier that was trained on a release, ARCHIVE the archive that the release was made from.

      Example: dandyroll attack prune model.safetensors cifar-10-binary.tar.gz \\
        --vault vault --plot prune.svg
      Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same command again.
      """,
    subcommands: [FineTune.self, Prune.self, Extract.self, Transform.self])

  struct FineTune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "finetune", abstract: "Trains the model on with a share of the clean training data.")

    @OptionGroup var options: AttackOptions

    @OptionGroup var work: AttackWorkOptions

    @Option(help: "Share of the clean training split, in (0, 1].")
    var share = Attack.FineTuning().share

    @Option(help: "Passes over that share.")
    var epochs = Attack.FineTuning().epochs

    @Option(help: "Largest rate of the one-cycle schedule (default: a fifth of what training from scratch takes).")
    var rate: Double?

    @Option(help: "Epochs between two looks.")
    var every = Attack.FineTuning().every

    @Flag(inversion: .prefixedNo, help: "Random crops, and flips of colour images.")
    var augment = true

    func validate() throws {
      try Rule.share(share, "--share")
      if let rate { try Rule.rate(rate, "--rate") }
      if epochs < 1 || every < 1 { throw ValidationError("--epochs and --every are at least 1") }
    }

    func run() async throws {
      var attack = Attack.FineTuning()
      (attack.share, attack.epochs, attack.rate, attack.every, attack.augments) = (share, epochs, rate, every, augment)
      try await options.run(.fineTuning(attack), workDirectory: work.directory)
    }
  }

  struct Prune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Zeroes what the last layer reads, the features first that clean images use least.")

    @OptionGroup var options: AttackOptions

    @Option(
      name: .customLong("rate"),
      help: "Share of the features, in (0, 1]; may be given again (default: .1, .2 … .9).")
    var rates: [Double] = []

    @Option(help: "Share of the clean training split to measure activations on, in (0, 1].")
    var share = Attack.Pruning().share

    func validate() throws {
      try Rule.share(share, "--share")
      for rate in rates { try Rule.share(rate, "--rate") }
    }

    func run() async throws {
      var attack = Attack.Pruning()
      attack.share = share
      if !rates.isEmpty { attack.rates = Set(rates).sorted() }
      try await options.run(.pruning(attack))
    }
  }

  struct Extract: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Trains a student on the model's answers to a transfer set (Knockoff nets), and audits the student.")

    @OptionGroup var options: AttackOptions

    @OptionGroup var work: AttackWorkOptions

    @Option(help: "What the model gives away: \"probabilities\" or \"labels\".")
    var answers = Attack.Extraction().answers

    @Option(help: "The student's architecture (default: the model's).")
    var architecture: String?

    @Option(help: "The student's width (default: the model's, or the architecture's published one).")
    var width: Int?

    @Option(
      help:
        "An archive whose training images are asked about (default: a share of the clean ones). Labels are not read.")
    var transfer: String?

    @Option(help: "That share, in (0, 1].")
    var share = Attack.Extraction().share

    @Option(help: "Passes over the transfer set.")
    var epochs = Attack.Extraction().epochs

    @Option(help: "The rate, a tenth of it from 60 % of the steps on.")
    var rate = Attack.Extraction().rate

    @Option(help: "Epochs between two looks (default: one look, at the end).")
    var every: Int?

    @Flag(inversion: .prefixedNo, help: "Random crops, and flips of colour images.")
    var augment = true

    func validate() throws {
      try Rule.share(share, "--share")
      try Rule.rate(rate, "--rate")
      if epochs < 1 || (every ?? 1) < 1 || (width ?? 1) < 1 {
        throw ValidationError("--epochs, --every and --width are at least 1")
      }
    }

    func run() async throws {
      var attack = Attack.Extraction()
      (attack.answers, attack.architecture, attack.width) = (answers, architecture, width)
      (attack.transfer, attack.share) = (transfer, share)
      (attack.epochs, attack.rate, attack.every, attack.augments) = (epochs, rate, every ?? epochs, augment)
      try await options.run(.extraction(attack), workDirectory: work.directory)
    }
  }

  struct Transform: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Changes every query before the model sees it.",
      discussion: "NAME:PARAMETER is one of \(ImageTransform.forms).")

    @OptionGroup var options: AttackOptions

    @Option(
      name: .customLong("transform"),
      help: "NAME:PARAMETER, such as blur:1.5; may be given again (default: a list from weak to strong).",
      transform: { text in
        guard let transform = ImageTransform(text) else {
          throw ValidationError("“\(text)” is none of \(ImageTransform.forms)")
        }
        return transform
      })
    var transforms: [ImageTransform] = []

    func run() async throws {
      var attack = Attack.Transformation()
      if !transforms.isEmpty { attack.transforms = transforms }
      try await options.run(.transformation(attack))
    }
  }

  /// What options of several attacks must keep to.
  private enum Rule {
    static func share(_ value: Double, _ option: String) throws {
      if !(value > 0 && value <= 1) { throw ValidationError("\(option) is in (0, 1]") }
    }

    static func rate(_ value: Double, _ option: String) throws {
      if !(value > 0 && value.isFinite) { throw ValidationError("\(option) is above 0") }
    }
  }
}

extension Attack.Extraction.Answers: ExpressibleByArgument {}
