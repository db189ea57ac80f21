package import Networks

/// How a classifier is trained: a surrogate, a simulated user, a reference.
package struct ClassifierSettings: Codable, Sendable, Equatable {
  package var architecture: String
  package var width: Int
  package var epochs: Int
  package var batch: Int
  /// The one-cycle schedule's largest rate, for SGD with momentum 0.9 and Nesterov.
  package var peakRate: Double
  package var weightDecay: Double
  /// Random crops with padding 4 and, for colour images, horizontal flips (a mirrored digit is no digit).
  package var augments: Bool
  /// The layout for small or for large images; nil for the one that is usual for the samples' size.
  package var form: NetworkForm?

  package init(
    architecture: String, width: Int, epochs: Int, batch: Int = 128, peakRate: Double? = nil,
    weightDecay: Double = 5e-4, augments: Bool = true, form: NetworkForm? = nil
  ) {
    self.architecture = architecture
    self.width = width
    self.epochs = epochs
    self.batch = batch
    self.peakRate = peakRate ?? Self.scratchRate(of: architecture)
    self.weightDecay = weightDecay
    self.augments = augments
    self.form = form
  }

  /// Settings for an architecture at the width that it was published with, unless another is given.
  /// - Throws: `NeuralNetError.invalidDefinition` for an unknown architecture.
  package init(
    published architecture: String, width: Int?, epochs: Int, batch: Int, augments: Bool, form: NetworkForm? = nil
  ) throws {
    try NetworkDefinition.requireClassifier(architecture)
    guard let width = width ?? NetworkDefinition.defaultWidth(of: architecture) else {
      preconditionFailure("a classifier has a published width")
    }
    self.init(
      architecture: architecture, width: width, epochs: epochs, batch: batch, augments: augments,
      form: form)
  }

  /// Settings that train a model further; a fifth of the rate keeps what was learned.
  /// - Throws: `NeuralNetError`: whatever is wrong with the model's file.
  package init(fineTuning path: String, epochs: Int, batch: Int, augments: Bool) throws {
    let definition = try Model(contentsOf: path).definition
    self.init(
      architecture: definition.architecture, width: definition.width, epochs: epochs, batch: batch,
      peakRate: Self.fineTuningRate(of: definition.architecture), augments: augments, form: definition.form)
  }

  /// What batch norm bears. Without it a fifth: at more, some seeds end at chance (docs/experiments/keyed.md, "Rates").
  package static func scratchRate(of architecture: String) -> Double {
    NetworkDefinition.hasNorm(architecture) ? 0.1 : 0.02
  }

  /// A fifth of the rate from scratch.
  package static func fineTuningRate(of architecture: String) -> Double { scratchRate(of: architecture) / 5 }
}
