import Jobs

/// Settings of the methods that show one trigger and give the samples that show it to other classes.
/// - Source: METHODS §2
enum TriggerSettings {
  /// Of a square patch in the bottom right corner.
  static let patchSize = MethodSetting(
    "patch-size", 3, .integer(1...64), "Side of the patch in the bottom right corner, pixels.")

  /// - Parameter standard: each method has its own.
  static func warpGrid(_ standard: Int) -> MethodSetting<Int> {
    MethodSetting(
      "warp-grid", standard, .integer(2...64), "k: a warp is drawn on k×k points and made smooth between them.")
  }
  static let warpStrength = MethodSetting(
    "warp-strength", 0.5, .real(0...16, above: 0), "s: about twice as far as a warp moves a pixel.")
}
