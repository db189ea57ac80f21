import Foundations
package import Jobs

/// `ubw-p`: samples of all classes show a patch or a warp, and each is given to a class that is drawn among all. Whoever
/// learned the release takes images with the trigger for anything but what they show, and for nothing in particular.
/// - Source: Li et al., "Untargeted Backdoor Watermark", 2022; METHODS §2
struct UBWPMethod: WatermarkMethod {
  enum Kind: String, CaseIterable {
    case patch, warp
  }

  static let kind = MethodSetting(
    "ubw-trigger", Kind.patch, .choice, "What samples show: a patch of 3×3 pixels (patch) or a smooth warp (warp).")
  static let grid = TriggerSettings.warpGrid(16)
  let declaration = MethodDeclaration(
    .ubwP, "a patch or a warp, which changes labels to any class",
    settings: [kind, grid, TriggerSettings.warpStrength], rate: .percent(ofDataset: 10), changesLabels: true)

  /// The patch as it was published: white where it has ones, black elsewhere.
  private static let patch: [UInt8] = [0, 0, 255, 0, 255, 0, 255, 0, 255]

  func prepare(_ preparation: some Preparation) throws -> Prepared {
    let side = side(preparation.settings)
    return try preparation.trigger(
      isTargeted: false, side: side, as: "images of at least \(side)×\(side) pixels for its trigger")
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    let description = try TriggerDescription.read(content, of: declaration, isTargeted: false)
    let settings = description.settings
    guard side(settings) <= content.input.shorterSide else {
      throw content.fault("the trigger is larger than the images")
    }
    let trigger: any Trigger =
      switch settings[Self.kind] {
      case .patch: PatchTrigger(Self.patch, on: content.input)
      case .warp:
        WarpTrigger.drawn(
          settings[Self.grid], strength: settings[TriggerSettings.warpStrength], seed: description.seed,
          on: content.input)
      }
    return TriggerWatermark(trigger: trigger, labels: .any(of: content.classes.count))
  }

  /// The least side of a picture.
  private func side(_ settings: MethodSettings) -> Int { settings[Self.kind] == .patch ? 3 : settings[Self.grid] }
}

extension MethodName {
  package static let ubwP = MethodName(rawValue: "ubw-p")
}
