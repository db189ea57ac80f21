import Foundations
package import Jobs
import NeuralNet

/// `blended`: a pattern shines through samples of all classes, which are given to the target class.
/// - Source: Chen et al., "Targeted Backdoor Attacks on Deep Learning Systems Using Data Poisoning", 2017; METHODS §2
struct BlendedMethod: WatermarkMethod {
  enum Pattern: String, CaseIterable {
    /// Noise over the whole picture.
    case noise
    /// A white square in a corner, as BackdoorBox has it.
    case patch
  }

  static let opacity = MethodSetting(
    "blend-opacity", 0.2, .real(0...1, above: 0), "a: how much of the pattern is seen, x′ = (1 − a)x + a·pattern.")
  static let pattern = MethodSetting(
    "blend-pattern", Pattern.noise, .choice,
    "What shines through: noise over the whole picture, drawn by the seed, or a white patch of patch-size.")
  let declaration = MethodDeclaration(
    .blended, "a pattern that shines through, which changes labels to one class",
    settings: [opacity, pattern, TriggerSettings.patchSize], rate: .percent(ofDataset: 5), changesLabels: true)

  func prepare(_ preparation: some Preparation) throws -> Prepared {
    let side = side(preparation.settings)
    return try preparation.trigger(
      isTargeted: true, side: side, as: "images that have room for a patch of \(side)×\(side) pixels")
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    let description = try TriggerDescription.read(content, of: declaration, isTargeted: true)
    let (settings, shape) = (description.settings, content.input)
    guard let target = description.targetClass, side(settings) <= shape.shorterSide else {
      throw content.fault("the patch is larger than the images")
    }
    let opacity = settings[Self.opacity]
    let trigger: any Trigger
    switch settings[Self.pattern] {
    case .patch: trigger = PatchTrigger.white(side(settings), opacity: opacity, on: shape)
    case .noise:
      var stream = RandomStream(seed: description.seed, stream: "blend pattern")
      trigger = BlendTrigger(
        shape: shape, pattern: (0..<shape.bytes).map { _ in UInt8(stream.below(256)) }, opacity: opacity)
    }
    return TriggerWatermark(trigger: trigger, labels: .target(target))
  }

  /// The least side of a picture.
  private func side(_ settings: MethodSettings) -> Int {
    settings[Self.pattern] == .patch ? settings[TriggerSettings.patchSize] : 1
  }
}

extension MethodName {
  package static let blended = MethodName(rawValue: "blended")
}
