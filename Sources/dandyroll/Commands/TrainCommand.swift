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

  @Argument(help: "The dataset: an archive, a directory, or a list of shards.")
  var archive: String

  @Option(
    help: """
      The target class, by name or index, of methods that have one (default: the one with the most training samples).
      """)
  var target = ""

  @Option(name: .customLong("out"), help: "The generator file to write.")
  var output: String

  @Option(
    help: "\(MethodRegistry.standard.declarations.map { "\"\($0.name)\": \($0.summary)" }.joined(separator: "; ")).")
  var objective = MethodName.standard

  @Option(
    name: .customLong("set"),
    help: "A setting of the method by its key (`dandyroll methods` prints them); may be given again.")
  var said: [SaidSetting] = []

  @Option(help: CarrierSettings.selection.help()) var selection: CarrierSettings.Selection?
  @Option(help: KeyedSettings.painting.help()) var painting: CarrierSettings.Painting?
  @Option(help: KeyedSettings.carriers.help()) var carriers: Int?
  @Option(help: CarrierSettings.amplitude.help()) var amplitude: Int?
  @Option(help: SharedSettings.surrogate.help()) var surrogate: String?
  @Option(help: SharedSettings.surrogateWidth.help()) var surrogateWidth: Int?
  @Option(help: SharedSettings.surrogateEpochs.help()) var epochs: Int?
  @Option(help: SharedSettings.generatorSteps.help()) var steps: Int?
  @Option(help: SharedSettings.perceptualWeight.help()) var perceptualWeight: Double?
  @Option(help: SharedSettings.generatorWidth.help()) var width: Int?
  @Option(help: SharedSettings.generatorDepth.help()) var depth: Int?
  @Option(help: SharedSettings.batch.help()) var batch: Int?
  @Option(help: SharedSettings.sampleShare.help()) var sampleShare: Double?
  @Option(help: SharedSettings.epsilon.help(", or N alone")) var epsilon: Epsilon?

  @Option(help: "Seed of everything that is random (default: drawn).")
  var seed: UInt64?

  @OptionGroup var lpips: LPIPSOptions

  @OptionGroup var compute: ArchiveOptions

  func validate() throws { _ = try method() }

  /// What the options say, each by the rule of its setting.
  private func method() throws -> MethodSettings {
    let methods = MethodRegistry.standard.declarations
    guard let method = methods[objective] else { throw ValidationError("--objective is one of \(methods.names)") }
    var settings = MethodSettings(of: method)
    func take<Value>(_ value: Value?, _ option: String, as setting: MethodSetting<Value>) throws {
      guard let value else { return }
      guard method.stored.contains(where: { $0.key == setting.key }) else {
        throw ValidationError("--\(option): is no setting of \(method.name)")
      }
      if let problem = setting.problem(with: value) { throw ValidationError("--\(option): \(problem)") }
      settings[setting] = value
    }
    try take(selection, "selection", as: CarrierSettings.selection)
    try take(painting, "painting", as: KeyedSettings.painting)
    try take(carriers, "carriers", as: KeyedSettings.carriers)
    try take(amplitude, "amplitude", as: CarrierSettings.amplitude)
    try take(surrogate, "surrogate", as: SharedSettings.surrogate)
    try take(surrogateWidth, "surrogate-width", as: SharedSettings.surrogateWidth)
    try take(epochs, "epochs", as: SharedSettings.surrogateEpochs)
    try take(steps, "steps", as: SharedSettings.generatorSteps)
    try take(perceptualWeight, "perceptual-weight", as: SharedSettings.perceptualWeight)
    try take(width, "width", as: SharedSettings.generatorWidth)
    try take(depth, "depth", as: SharedSettings.generatorDepth)
    try take(batch, "batch", as: SharedSettings.batch)
    try take(sampleShare, "sample-share", as: SharedSettings.sampleShare)
    try take(epsilon?.value, "epsilon", as: SharedSettings.epsilon)
    settings[SharedSettings.lpips] = lpips.files
    for said in said {
      guard let setting = method.settings.first(where: { $0.key == said.key }) else {
        throw ValidationError("--set \(said.key): is no setting of \(method.name)")
      }
      do throws(BrokenRule) { try setting.read(said.value, into: &settings) } catch {
        throw ValidationError("--set \(said.key): \(error.rule)")
      }
    }
    return settings
  }

  func run() async throws {
    let work = TrainInPlace(
      archive: archive, target: target, method: try method(), seed: seed, generator: output, limits: InputLimits())
    let result = try await compute.run { try work.run($0) }
    printLine("generator  \(result.generator)")
    printLine("sha256     \(result.generatorDigest)")
    if let surrogate = result.surrogate { printLine("surrogate  \(surrogate)") }
    if !result.target.isEmpty { printLine("target     \(result.target)") }
    for (name, value) in result.metrics.sorted(by: { $0.key < $1.key }) {
      printLine("\(name)  \(String(format: "%.4f", value))")
    }
  }
}

/// `KEY=VALUE`, of `--set`.
struct SaidSetting: ExpressibleByArgument {
  let key: String
  let value: SettingValue

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    key = String(parts[0])
    value = SettingValue(argument: String(parts[1]))
  }
}

extension MethodSetting {
  fileprivate func help(_ more: String = "") -> ArgumentHelp {
    let methods = MethodRegistry.standard.declarations
    let owners = methods.settings.first { $0.setting.key == key }?.methods ?? []
    let those = owners.count < methods.count ? "Of \(owners.map(\.rawValue).joined(separator: ", ")): " : ""
    let standards = methods.standards(of: key)
    let standard = standards.map { standard in
      standard.text + (standards.count > 1 ? " of \(standard.methods.map(\.rawValue).joined(separator: ", "))" : "")
    }
    return "\(those)\(help) (\(rule)\(more); default: \(standard.joined(separator: ", ")))"
  }
}

extension MethodName: ExpressibleByArgument {
  public init?(argument: String) { self.init(rawValue: argument) }
}
extension CarrierSettings.Selection: ExpressibleByArgument {}
extension CarrierSettings.Painting: ExpressibleByArgument {}

/// ε on the command line: "8/255" or "8", in 1/255.
struct Epsilon: ExpressibleByArgument {
  var value: Int

  init?(argument: String) {
    guard let value = Int(argument.hasSuffix("/255") ? argument.dropLast(4) : argument[...]) else { return nil }
    self.value = value
  }
}
