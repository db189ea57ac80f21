/// The settings of a dataset's watermark: which method, what methods have in common that train a network (METHODS §1 and
/// §7: the surrogate f, the generator G and the losses that train it), and what the method has of its own.
package struct MethodSettings: Codable, Sendable, Equatable {
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

  package var objective: MethodName
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

  /// By key, what the method has beside these; nil where nothing is said, and what is not said has its default.
  package var own: [String: SettingValue]?

  /// Values of `amplitude`, which generator files keep to as well.
  package static let amplitudes = 1...32

  package init(
    objective: MethodName = MethodName(rawValue: "keyed"), carriers: Int = 2, amplitude: Int = 1,
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

extension MethodSettings {
  /// The value of one of the method's own settings.
  package func integer(_ setting: MethodSetting) -> Int {
    if case .integer(let number) = own?[setting.key] ?? setting.standard { return number }
    preconditionFailure("\(setting.key) was checked where it was read")
  }

  package func real(_ setting: MethodSetting) -> Double {
    switch own?[setting.key] ?? setting.standard {
    case .real(let number): return number
    case .integer(let number): return Double(number)
    case .text: preconditionFailure("\(setting.key) was checked where it was read")
    }
  }

  package func text(_ setting: MethodSetting) -> String {
    if case .text(let text) = own?[setting.key] ?? setting.standard { return text }
    preconditionFailure("\(setting.key) was checked where it was read")
  }

  /// Checks the method's own settings.
  /// - Returns: what is wrong with a key, if anything is.
  package func problem(under declaration: MethodDeclaration) -> (key: String, rule: String)? {
    for (key, value) in (own ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard let setting = declaration.settings.first(where: { $0.key == key }) else {
        return (key, "is no setting of \(declaration.name)")
      }
      if let problem = setting.problem(with: value) { return (key, problem) }
    }
    return nil
  }
}
