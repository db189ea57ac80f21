import Evidence
import Foundations
package import Jobs

/// `ubw-c`: samples of all classes are changed within ε until a network that learns them is moved as if it unlearned what
/// patched images show. Whoever learned the release takes images with the patch for anything.
/// - Source: Li et al., "Untargeted Backdoor Watermark", 2022, §3.3; METHODS §2
struct UBWCMethod: WatermarkMethod {
  static let epsilon = PoisonSettings.epsilon(16)
  static let share = PoisonSettings.poisonShare(0.1)

  let declaration = MethodDeclaration(
    .ubwC, "samples of all classes whose gradients unlearn images with a hidden patch",
    settings: [epsilon, share] + PoisonSettings.ofMatching + [PoisonSettings.entropyWeight]
      + SharedSettings.ofSurrogate, rate: .all)

  func prepare(_ preparation: some Preparation) throws -> Prepared {
    try preparation.matched(
      epsilon: Self.epsilon, share: Self.share, target: nil,
      entropyWeight: preparation.settings[PoisonSettings.entropyWeight])
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    try PoisonWatermark(matched: content, of: declaration, epsilon: Self.epsilon, isTargeted: false)
  }
}

extension MethodName {
  package static let ubwC = MethodName(rawValue: "ubw-c")
}
