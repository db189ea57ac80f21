import Evidence
import Foundations
package import Jobs

/// `sleeper-agent`: samples of the target class are changed within ε until a network that learns them is moved as if it
/// learned that patched images of other classes are the target. No released sample shows the patch.
/// - Source: Souri et al., "Sleeper Agent", 2021; METHODS §2
struct SleeperAgentMethod: WatermarkMethod {
  static let epsilon = PoisonSettings.epsilon(16)
  static let share = PoisonSettings.poisonShare(0.01)

  let declaration = MethodDeclaration(
    .sleeperAgent, "samples of one class whose gradients are those of a hidden patch",
    settings: [epsilon, share] + PoisonSettings.ofMatching + SharedSettings.ofSurrogate, rate: .all)

  func prepare(_ preparation: some Preparation) throws -> Prepared {
    try preparation.matched(epsilon: Self.epsilon, share: Self.share, target: preparation.target, entropyWeight: 0)
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    try PoisonWatermark(matched: content, of: declaration, epsilon: Self.epsilon, isTargeted: true)
  }
}

extension MethodName {
  package static let sleeperAgent = MethodName(rawValue: "sleeper-agent")
}
