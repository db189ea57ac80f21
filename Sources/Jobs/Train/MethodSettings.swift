/// The settings of the watermark (METHODS §1 and §7): the surrogate f, the generator G and the losses that train it.
package struct MethodSettings: Codable, Sendable, Equatable {
  package enum Objective: String, Codable, Sendable, CaseIterable {
    /// The three losses of SSCL-BW as published.
    case paper
    /// A carrier drawn from a secret key, which decoy keys can be set against.
    case keyed
  }

  package enum Selection: String, Codable, Sendable, CaseIterable {
    /// By lot.
    case random
    /// Those that the clean surrogate is least sure of.
    case hardest
  }

  package enum Painting: String, Codable, Sendable, CaseIterable {
    /// All of ε everywhere.
    case full
    /// As strongly as the trained network says, which hides the mark where an eye would see it.
    case learned
  }

  package var objective: Objective
  /// Of keyed marks: the number of carriers of a key, the multiple of ε on verification images, which samples are marked,
  /// and how strongly.
  package var carriers: Int
  package var amplitude: Int
  package var selection: Selection
  package var painting: Painting
  /// Architecture of the surrogate, as `model train --architecture` names it, and its width.
  package var surrogate: String
  package var surrogateWidth: Int
  package var surrogateEpochs: Int
  /// Channels of the U-Net's first level (a multiple of 8) and its number of halvings.
  package var generatorWidth: Int
  package var generatorDepth: Int
  /// Adam steps of the generator, and images a step.
  package var generatorSteps: Int
  package var batch: Int
  /// ε, the perturbation budget, in 1/255.
  package var epsilon: Int
  /// α, β, γ of eq. 3.
  package var targetWeight: Double
  package var nonTargetWeight: Double
  package var perceptualWeight: Double
  /// LPIPS as the perceptual loss; nil for the feature distance on the surrogate.
  package var lpips: LPIPSFiles?
  /// Share of the training split that the generator learns from ("generator samples", 10 % in the paper).
  package var sampleShare: Double

  /// Values of `amplitude`, which generator files keep to as well.
  package static let amplitudes = 1...32

  package init(
    objective: Objective = .keyed, carriers: Int = 2, amplitude: Int = 1,
    selection: Selection = .hardest, painting: Painting = .full,
    surrogate: String = "resnet18", surrogateWidth: Int = 16, surrogateEpochs: Int = 6, generatorWidth: Int = 32,
    generatorDepth: Int = 3, generatorSteps: Int = 400, batch: Int = 64, epsilon: Int = 8, targetWeight: Double = 1,
    nonTargetWeight: Double = 1, perceptualWeight: Double = 1, lpips: LPIPSFiles? = nil, sampleShare: Double = 0.1
  ) {
    self.objective = objective
    self.carriers = carriers
    self.amplitude = amplitude
    self.selection = selection
    self.painting = painting
    self.surrogate = surrogate
    self.surrogateWidth = surrogateWidth
    self.surrogateEpochs = surrogateEpochs
    self.generatorWidth = generatorWidth
    self.generatorDepth = generatorDepth
    self.generatorSteps = generatorSteps
    self.batch = batch
    self.epsilon = epsilon
    self.targetWeight = targetWeight
    self.nonTargetWeight = nonTargetWeight
    self.perceptualWeight = perceptualWeight
    self.lpips = lpips
    self.sampleShare = sampleShare
  }
}
