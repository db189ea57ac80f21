/// Settings that several methods have: each lists those that it reads.
package enum SharedSettings {
  package static let epsilon = MethodSetting(
    "epsilon", 8, .budget(1...64), "ε, the perturbation budget: the largest change of a pixel value.",
    storedAs: "epsilon")

  // The surrogate f (METHODS §1).
  package static let surrogate = MethodSetting(
    "surrogate", "resnet18", .architecture, "Architecture of the surrogate.", storedAs: "surrogate")
  package static let surrogateWidth = MethodSetting(
    "surrogate-width", 16, .integer(1...1024), "Width of the surrogate: channels of its first stage.",
    storedAs: "surrogateWidth")
  package static let surrogateEpochs = MethodSetting(
    "surrogate-epochs", 6, .integer(1...10_000), "Epochs of the surrogate.", storedAs: "surrogateEpochs")

  // The generator G and the losses that train it (METHODS §1 and §7).
  package static let generatorWidth = MethodSetting(
    "generator-width", 32, .integer(8...256, multipleOf: 8), "Channels of the U-Net's first level.",
    storedAs: "generatorWidth")
  package static let generatorDepth = MethodSetting(
    "generator-depth", 3, .integer(1...6),
    "Halvings of the U-Net, fewer where the sides of the images cannot be halved so often.", storedAs: "generatorDepth")
  package static let generatorSteps = MethodSetting(
    "generator-steps", 400, .integer(1...10_000_000), "Training steps of the generator.", storedAs: "generatorSteps")
  package static let batch = MethodSetting(
    "batch", 64, .integer(2...4096), "Images in a step of the generator.", storedAs: "batch")
  package static let targetWeight = MethodSetting(
    "target-weight", 1, .real(0...1e6), "α, the weight of the loss on the target class.", storedAs: "targetWeight")
  package static let nonTargetWeight = MethodSetting(
    "non-target-weight", 1, .real(0...1e6), "β, the weight of the loss on the other classes.",
    storedAs: "nonTargetWeight")
  package static let perceptualWeight = MethodSetting(
    "perceptual-weight", 1, .real(0...1e6), "γ, the weight of the perceptual loss.", storedAs: "perceptualWeight")
  package static let sampleShare = MethodSetting(
    "sample-share", 0.1, .real(0...1, above: 0), "Share of the training split that the generator learns from.",
    storedAs: "sampleShare")

  /// Of every method that marks images of any size.
  package static let trainingSize = MethodSetting(
    "training-size", 0, .integer(0...1024, multipleOf: 8),
    "Side of what networks see, pixels: images are scaled to it by their shorter sides. 0: as they are, where all are of "
      + "one size; else of 32, 64, 128, 224 the largest that half of the images have.")

  /// Of every method that gives marked samples to other classes: without the owner's consent it marks nothing.
  package static let allowLabelChanges = MethodSetting(
    "allow-label-changes", false, .flag,
    "Consents to a release whose marked samples have other classes than in the archive: such a method marks nothing without."
  )

  /// Of every method: see `MethodDeclaration`.
  package static let lpips = MethodSetting(
    "lpips", nil, .lpips,
    "Weights of LPIPS, as the perceptual loss and in reports; without them it is a feature distance on the surrogate.",
    storedAs: "lpips")

  package static let ofSurrogate: [any DeclaredSetting] = [surrogate, surrogateWidth, surrogateEpochs]
  package static let ofGenerator: [any DeclaredSetting] = [
    generatorWidth, generatorDepth, generatorSteps, batch, targetWeight, nonTargetWeight, perceptualWeight, sampleShare,
  ]
}
