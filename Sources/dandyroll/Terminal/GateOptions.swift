import ArgumentParser
import Jobs

/// The limits that decide whether a release passes, named as in the configuration.
struct GateOptions: ParsableArguments {
  private static let usual = QualifySettings()

  @Option(help: "Largest drop of accuracy against clean training, in [0, 1].")
  var largestBaDrop = Self.usual.largestDrop

  @Option(help: "Least WSR of a model trained on the release from scratch.")
  var leastWsr = Self.usual.leastSuccess

  @Option(help: "Least ΔP of a model trained on the release from scratch.")
  var leastDeltaP = Self.usual.leastGain

  @Option(help: "Least share of the models fine-tuned on the release that are convicted.")
  var leastFineTuned = Self.usual.leastFineTuned

  @Option(help: "Largest share of innocent models accused.")
  var largestInnocentRate = Self.usual.largestInnocentRate

  func validate() throws {
    let shares = [largestBaDrop, leastWsr, leastFineTuned, largestInnocentRate]
    guard shares.allSatisfy({ (0...1).contains($0) }), (-1...1).contains(leastDeltaP) else {
      throw ValidationError("the gate's limits are shares in [0, 1], --least-delta-p is in [-1, 1]")
    }
  }

  func apply(to settings: inout QualifySettings) {
    settings.largestDrop = largestBaDrop
    settings.leastSuccess = leastWsr
    settings.leastGain = leastDeltaP
    settings.leastFineTuned = leastFineTuned
    settings.largestInnocentRate = largestInnocentRate
  }
}
