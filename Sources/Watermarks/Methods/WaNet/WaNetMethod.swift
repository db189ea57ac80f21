import Foundations
package import Jobs

/// `wanet`: samples of all classes are bent by one smooth warp and given to the target class; others are bent by the warp and
/// noise and keep their labels, so that a model learns the warp itself.
/// - Source: Nguyen & Tran, "WaNet", 2021; METHODS §2
struct WaNetMethod: WatermarkMethod {
  static let grid = TriggerSettings.warpGrid(4)
  static let noise = MethodSetting(
    "warp-noise", 2, .real(0...10),
    "Noise mode: samples that are warped with noise and keep their labels, for each one that is marked; 0: none.")
  let declaration = MethodDeclaration(
    .waNet, "a smooth warp, which changes labels to one class",
    settings: [grid, TriggerSettings.warpStrength, noise], rate: .percent(ofDataset: 10), changesLabels: true)

  func prepare(_ preparation: some Preparation) throws -> Prepared {
    let side = preparation.settings[Self.grid]
    return try preparation.trigger(
      isTargeted: true, side: side, as: "images at least as large as the warp's grid, \(side)×\(side)")
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    let description = try TriggerDescription.read(content, of: declaration, isTargeted: true)
    let settings = description.settings
    guard let target = description.targetClass, settings[Self.grid] <= content.input.shorterSide else {
      throw content.fault("the warp's grid is larger than the images")
    }
    let noise = settings[Self.noise]
    return TriggerWatermark(
      trigger: WarpTrigger.drawn(
        settings[Self.grid], strength: settings[TriggerSettings.warpStrength], seed: description.seed,
        isJittered: noise > 0, on: content.input),
      labels: .target(target), falseShare: noise)
  }
}

extension MethodName {
  package static let waNet = MethodName(rawValue: "wanet")
}
