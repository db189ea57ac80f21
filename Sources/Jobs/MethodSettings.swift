/// The settings of SSCL-BW (METHODS §1): the surrogate f, the generator G and the losses that train it.
package struct MethodSettings: Codable, Sendable, Equatable {
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
  /// Share of the training split that the generator learns from ("generator samples", 10 % in the paper).
  package var sampleShare: Double

  package init(
    surrogate: String = "resnet18", surrogateWidth: Int = 16, surrogateEpochs: Int = 6, generatorWidth: Int = 32,
    generatorDepth: Int = 3, generatorSteps: Int = 400, batch: Int = 64, epsilon: Int = 8, targetWeight: Double = 1,
    nonTargetWeight: Double = 1, perceptualWeight: Double = 1, sampleShare: Double = 0.1
  ) {
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
    self.sampleShare = sampleShare
  }
}
