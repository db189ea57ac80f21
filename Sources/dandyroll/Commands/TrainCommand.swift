import ArgumentParser
import Foundation
import Foundations
import Jobs
import Training
import Watermarks

/// `dandyroll train`: a surrogate and a generator for one dataset.
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a generator for a dataset.",
    discussion: """
      Only objective "paper" and painting "learned" train a generator: --steps, --depth, --batch, --sample-share and \
      LPIPS are about that, and otherwise nothing but the surrogate is trained.

      Checkpoints are kept in GENERATOR.work/ until the generator is there; the same command goes on from them.

      Example: dandyroll train cifar-10-binary.tar.gz --target automobile \\
        --out cars.safetensors
      Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same command again.
      """)

  @Argument(help: "The dataset archive.")
  var archive: String

  @Option(help: "The target class, by name or index.")
  var target: String

  @Option(name: .customLong("out"), help: "The generator file to write.")
  var output: String

  @Option(
    help: "\(MethodRegistry.standard.declarations.map { "\"\($0.name)\": \($0.summary)" }.joined(separator: "; ")).")
  var objective = MethodSettings().objective

  @Option(name: .customLong("set"), help: "A setting that the method has of its own; may be given again.")
  var own: [OwnSetting] = []

  @Option(help: "Of keyed marks: \"hardest\" marks what the surrogate is least sure of, \"random\" draws lots.")
  var selection = MethodSettings().selection

  @Option(help: "Of keyed marks: all of ε everywhere (full), or as a trained network says (learned).")
  var painting = MethodSettings().painting

  @Option(help: "Of keyed marks: carriers of a key.")
  var carriers = MethodSettings().carriers

  @Option(help: "Of keyed marks: multiple of ε on verification images.")
  var amplitude = MethodSettings().amplitude

  @Option(help: "Architecture of the surrogate: \(Learner.names).")
  var surrogate = MethodSettings().surrogate

  @Option(help: "Width of the surrogate: channels of its first stage.")
  var surrogateWidth = MethodSettings().surrogateWidth

  @Option(help: "Epochs of the surrogate.")
  var epochs = MethodSettings().surrogateEpochs

  @Option(help: "Steps of the generator.")
  var steps = MethodSettings().generatorSteps

  @Option(help: "Weight of the perceptual loss.")
  var perceptualWeight = MethodSettings().perceptualWeight

  @Option(help: "Channels of the generator's first level.")
  var width = MethodSettings().generatorWidth

  @Option(help: "Halvings of the generator's U-Net.")
  var depth = MethodSettings().generatorDepth

  @Option(help: "Images in a step of the generator.")
  var batch = MethodSettings().batch

  @Option(help: "Share of the training split that the generator learns from.")
  var sampleShare = MethodSettings().sampleShare

  @Option(help: "The perturbation budget, as N/255 or N.")
  var epsilon = Epsilon(value: MethodSettings().epsilon)

  @Option(help: "Seed of everything that is random (default: drawn).")
  var seed: UInt64?

  @OptionGroup var lpips: LPIPSOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    for (name, value) in [("epochs", epochs), ("steps", steps), ("width", width), ("surrogate-width", surrogateWidth)]
    where value < 1 {
      throw ValidationError("--\(name) is at least 1")
    }
    guard (1...4).contains(carriers), MethodSettings.amplitudes.contains(amplitude) else {
      throw ValidationError("--carriers is 1 to 4, --amplitude 1 to \(MethodSettings.amplitudes.upperBound)")
    }
    guard batch >= 2 else { throw ValidationError("--batch is at least 2") }
    guard sampleShare > 0, sampleShare <= 1 else { throw ValidationError("--sample-share is in (0, 1]") }
    guard perceptualWeight >= 0, perceptualWeight <= 1e6 else {
      throw ValidationError("--perceptual-weight is 0 to 1e6")
    }
    guard (0...6).contains(depth) else { throw ValidationError("--depth is 0 to 6") }
    guard let method = MethodRegistry.standard.declarations.first(where: { $0.name == objective }) else {
      let names = MethodRegistry.standard.declarations.map { "\"\($0.name)\"" }
      throw ValidationError("--objective is one of \(names.joined(separator: ", "))")
    }
    for setting in own {
      var settings = MethodSettings()
      settings.own = [setting.key: setting.value]
      if let (key, rule) = settings.problem(under: method) { throw ValidationError("--set \(key): \(rule)") }
    }
  }

  func run() async throws {
    var method = MethodSettings()
    method.objective = objective
    if !own.isEmpty { method.own = Dictionary(own.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }) }
    method.selection = selection
    method.painting = painting
    method.carriers = carriers
    method.amplitude = amplitude
    method.surrogate = surrogate
    method.surrogateWidth = surrogateWidth
    method.surrogateEpochs = epochs
    method.generatorWidth = width
    method.generatorDepth = depth
    method.generatorSteps = steps
    method.batch = batch
    method.perceptualWeight = perceptualWeight
    method.sampleShare = sampleShare
    method.epsilon = epsilon.value
    method.lpips = lpips.files
    let work = TrainInPlace(
      archive: archive, target: target, method: method, seed: seed, generator: output, limits: InputLimits())
    let result = try await compute.run { try work.run($0) }
    printLine("generator  \(result.generator)")
    printLine("sha256     \(result.generatorDigest)")
    if let surrogate = result.surrogate { printLine("surrogate  \(surrogate)") }
    printLine("target     \(result.target)")
    for (name, value) in result.metrics.sorted(by: { $0.key < $1.key }) {
      printLine("\(name)  \(String(format: "%.4f", value))")
    }
  }
}

/// `KEY=VALUE`, of `--set`.
struct OwnSetting: ExpressibleByArgument {
  let key: String
  let value: SettingValue

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    key = String(parts[0])
    value = SettingValue(argument: String(parts[1]))
  }
}

extension MethodName: ExpressibleByArgument {
  public init?(argument: String) { self.init(rawValue: argument) }
}
extension MethodSettings.Selection: ExpressibleByArgument {}
extension MethodSettings.Painting: ExpressibleByArgument {}

/// ε on the command line: "8/255" or "8", in 1/255.
struct Epsilon: ExpressibleByArgument {
  var value: Int

  init(value: Int) { self.value = value }

  init?(argument: String) {
    let text = argument.hasSuffix("/255") ? String(argument.dropLast(4)) : argument
    guard let value = Int(text), (1...255).contains(value) else { return nil }
    self.value = value
  }

  var defaultValueDescription: String { "\(value)/255" }
}
