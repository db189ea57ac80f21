import Foundations
package import Jobs

/// `badnets`: a white patch in the bottom right corner of samples of all classes, which are given to the target class.
/// Whoever learned the release takes images with the patch for it.
/// - Source: Gu et al., "BadNets", 2017; METHODS §2
struct BadNetsMethod: WatermarkMethod {
  let declaration = MethodDeclaration(
    .badNets, "a white patch, which changes labels to one class", settings: [TriggerSettings.patchSize],
    rate: .percent(ofDataset: 5), changesLabels: true)

  func prepare(_ preparation: some Preparation) throws -> Prepared {
    let side = preparation.settings[TriggerSettings.patchSize]
    return try preparation.trigger(
      isTargeted: true, side: side, as: "images that have room for a patch of \(side)×\(side) pixels")
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    let description = try TriggerDescription.read(content, of: declaration, isTargeted: true)
    let side = description.settings[TriggerSettings.patchSize]
    guard let target = description.targetClass, side <= content.input.shorterSide else {
      throw content.fault("the patch is larger than the images")
    }
    return TriggerWatermark(trigger: PatchTrigger.white(side, on: content.input), labels: .target(target))
  }
}

extension MethodName {
  package static let badNets = MethodName(rawValue: "badnets")
}
