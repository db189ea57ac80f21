import Jobs

/// Settings of the methods that change samples along gradients. Those that differ by method take their default from it.
/// - Source: METHODS §2
enum PoisonSettings {
  static func epsilon(_ standard: Int) -> MethodSetting<Int> {
    MethodSetting(
      SharedSettings.epsilon.key, standard, SharedSettings.epsilon.form, SharedSettings.epsilon.help,
      storedAs: SharedSettings.epsilon.member)
  }

  // Label-Consistent.
  enum CornerColours: String, Sendable, CaseIterable {
    case chequered, white
  }

  static let classShare = MethodSetting(
    "class-share", 0.25, .real(0...1, above: 0), "Share of the target class that marks are computed for.")
  static let attackStep = MethodSetting(
    "attack-step", 1.5, .real(0...64, above: 0), "Length of a step of the adversarial change, in 1/255.")
  static let attackSteps = MethodSetting(
    "attack-steps", 100, .integer(0...100_000), "Steps of the adversarial change.")
  static let cornerSize = MethodSetting(
    "corner-size", 3, .integer(1...64), "Side of the squares in the four corners, pixels.")
  static let cornerColours = MethodSetting(
    "corner-colours", CornerColours.chequered, .choice, "Whether these squares are black and white, or white.")

  // Gradient matching.
  static func poisonShare(_ standard: Double) -> MethodSetting<Double> {
    MethodSetting(
      "poison-share", standard, .real(0...1, above: 0), "Share of the training split that marks are computed for.")
  }
  static let sources = MethodSetting(
    "sources", 1000, .integer(1...1_000_000), "Training images that show the patch while marks are computed, at most.")
  static let sourcePatch = MethodSetting(
    "source-patch", 8, .integer(1...64),
    "Side of the patch in the bottom right corner of images that are asked about, pixels.")
  static let matchSteps = MethodSetting(
    "match-steps", 250, .integer(1...100_000), "Steps of gradient matching.")
  static let matchBatch = MethodSetting(
    "match-batch", 512, .integer(1...4096), "Marked samples whose common gradient is matched.")
  static let retrainEvery = MethodSetting(
    "retrain-every", 50, .integer(1...100_000), "Steps of gradient matching after which the surrogate is trained anew.")
  static let retrainEpochs = MethodSetting(
    "retrain-epochs", 40, .integer(1...10_000), "Epochs of a surrogate that is trained anew.")
  static let entropyWeight = MethodSetting(
    "entropy-weight", 2, .real(0...1e6), "β, the weight of the entropy of what patched sources are taken for.")

  static let ofMatching: [any DeclaredSetting] = [
    sources, sourcePatch, matchSteps, matchBatch, retrainEvery, retrainEpochs,
  ]
}
