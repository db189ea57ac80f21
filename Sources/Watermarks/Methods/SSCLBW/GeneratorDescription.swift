import Datasets
import Foundations
import Jobs
import Networks

/// What has to be known to use a U-Net that paints marks within ε on one class, `paper`'s and `keyed`'s: the metadata
/// `generator` of a `dandyroll-generator/1` file (docs/formats, "Network files").
/// - Source: SSCL-BW §III-B1; METHODS §1 and §7
package struct GeneratorDescription: Codable, Sendable, Equatable {
  /// ε in 1/255: |G(x) − x| ≤ ε for every value after rounding.
  package var epsilon: Int
  /// The target class t, by index and name.
  package var targetClass: Int
  package var targetName: String
  /// The method's name.
  package var objective: String
  /// The perceptual loss as `GeneratorTraining.perceptualTerm` names it; nil in files from before it was recorded.
  package var perceptualTerm: String?
  /// How it paints keyed carriers; nil for the paper's objective.
  package var keyed: KeyedDescription?
  package var settings: SSCLBWSettings
  package var seed: UInt64
  /// Last figures of the training by name, such as "surrogateAccuracy"; those that are finite.
  package var metrics: [String: Double]

  package init(
    epsilon: Int, target: Int, named name: String, objective: String, keyed: KeyedDescription? = nil,
    settings: SSCLBWSettings, seed: UInt64, metrics: [String: Double], perceptualTerm: String? = nil
  ) {
    self.epsilon = epsilon
    targetClass = target
    targetName = name
    self.objective = objective
    self.perceptualTerm = perceptualTerm
    self.keyed = keyed
    self.settings = settings
    self.seed = seed
    // JSON has no word for NaN: a figure must not cost a finished network.
    self.metrics = metrics.filter(\.value.isFinite)
  }

  /// What the two methods leave alike, from what a dataset's settings and data say.
  init(
    _ preparation: some Preparation, objective: MethodName, keyed: KeyedDescription? = nil, metrics: [String: Double],
    perceptualTerm: String?
  ) {
    self.init(
      epsilon: preparation.settings[SharedSettings.epsilon], target: preparation.target,
      named: preparation.survey.classNames[preparation.target], objective: objective.rawValue, keyed: keyed,
      settings: preparation.settings.losses(for: preparation.survey.shape),
      seed: preparation.seed,
      metrics: metrics, perceptualTerm: perceptualTerm)
  }

  /// Reads the description and the network that it is about.
  /// - Throws: `WatermarkError.notAGenerator`.
  static func read(_ content: Generator.Content) throws -> (Self, Model) {
    let description = try content.description(as: Self.self)
    guard let network = content.network else { throw content.fault("it has no network") }
    guard (1...255).contains(description.epsilon), content.classes.indices.contains(description.targetClass) else {
      throw content.fault("ε or the target class is out of range")
    }
    return (description, network)
  }
}

/// Settings of a training beside the perceptual loss and the target class, for recipes.
struct PerceivedSettings: Encodable {
  var losses: SSCLBWSettings
  var perceptual: String
  var targetClass: Int?
}

extension MethodSettings {
  /// The U-Net's definition for images of a shape.
  func painter(for shape: ImageShape) -> NetworkDefinition {
    NetworkDefinition(
      architecture: "unet", width: self[SharedSettings.generatorWidth], depth: depth(for: shape), input: shape,
      classes: 0)
  }

  func losses(for shape: ImageShape) -> SSCLBWSettings {
    SSCLBWSettings(
      width: self[SharedSettings.generatorWidth], depth: depth(for: shape), steps: self[SharedSettings.generatorSteps],
      batch: self[SharedSettings.batch], epsilon: self[SharedSettings.epsilon],
      targetWeight: self[SharedSettings.targetWeight], nonTargetWeight: self[SharedSettings.nonTargetWeight],
      perceptualWeight: self[SharedSettings.perceptualWeight])
  }

  /// As many halvings as asked for, or as the sides of the images can be halved.
  private func depth(for shape: ImageShape) -> Int {
    min(self[SharedSettings.generatorDepth], shape.height.trailingZeroBitCount, shape.width.trailingZeroBitCount)
  }
}
