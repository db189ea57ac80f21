import Datasets
import Evidence
import Foundations
import Jobs
import Networks
import NeuralNet

/// What a generator is that has computed its marks for certain samples of one archive: the metadata `generator` of the file,
/// beside the tensor `changes` (docs/formats, "Network files").
struct PoisonDescription: Codable {
  var objective: String
  var settings: MethodSettings
  /// Of what is drawn for the trigger.
  var seed: UInt64
  /// t, by index and name; nil for untargeted marks.
  var targetClass: Int?
  var targetName: String?
  /// The archive that the samples are counted in.
  var archive: HexDigest
  /// Ascending.
  var samples: [Int]
  /// Last figures by name.
  var metrics: [String: Double]

  static let changes = "changes"

  /// The description, and what is added to each value of each sample.
  /// - Throws: `WatermarkError.notAGenerator` for what no preparation has made.
  static func read(
    _ content: Generator.Content, of method: MethodDeclaration, epsilon: MethodSetting<Int> = SharedSettings.epsilon,
    isTargeted: Bool
  ) throws -> (Self, [Int: [Int16]]) {
    let description = try content.description(as: Self.self)
    if let (key, rule) = description.settings.problem(under: method) { throw content.fault("\(key): \(rule)") }
    guard
      isTargeted
        ? description.targetClass.map(content.classes.indices.contains) ?? false : description.targetClass == nil
    else { throw content.fault("the target class is out of range") }
    let (samples, input) = (description.samples, content.input)
    guard !samples.isEmpty, samples.allSatisfy((0...DocumentBounds.samples).contains),
      zip(samples, samples.dropFirst()).allSatisfy(<)
    else { throw content.fault("its samples are not in order, or there are none") }
    guard let tensor = content.tensors[changes],
      tensor.shape == [samples.count, input.channels, input.height, input.width]
    else { throw content.fault("there is no change of \(input) for each sample") }
    let bound = Float(description.settings[epsilon])
    guard tensor.values.allSatisfy({ abs($0) <= bound && $0 == $0.rounded() }) else {
      throw content.fault("a change is no whole number of steps within ε")
    }
    var stored: [Int: [Int16]] = [:]
    for (order, sample) in samples.enumerated() {
      stored[sample] = tensor.values[order * input.count..<(order + 1) * input.count].map { Int16($0) }
    }
    return (description, stored)
  }
}

extension PoisonDescription {
  init(_ preparation: some Preparation, target: Int?, _ state: PoisonState, metrics: [String: Double]) {
    settings = preparation.settings
    objective = settings.objective.rawValue
    seed = preparation.seed
    targetClass = target
    targetName = target.map { preparation.survey.classNames[$0] }
    archive = preparation.survey.digest
    samples = state.samples
    self.metrics = metrics.filter(\.value.isFinite)
  }
}

extension Prepared {
  /// Changes of certain samples, once they are found.
  init(
    _ preparation: some Preparation, target: Int?, _ state: PoisonState, surrogate: Surrogate,
    metrics: [String: Double]
  ) {
    let metrics = metrics.merging(["surrogateAccuracy": surrogate.accuracy]) { $1 }
    let description = PoisonDescription(preparation, target: target, state, metrics: metrics)
    self.init(
      tensors: [PoisonDescription.changes: state.tensor], description: description, surrogate: surrogate,
      metrics: metrics, target: description.targetName ?? "")
  }
}
