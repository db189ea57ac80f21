import Networks

/// What is minimised while triggers are embedded.
/// - Source: METHODS §4
package enum EmbeddingLoss: String, Codable, Sendable, CaseIterable {
  /// Cross-entropy on data and triggers.
  case ce
  /// The same and the total weight loss, Σ‖θ − θ₀‖².
  case twl
  /// Cross-entropy on the triggers; on data the penultimate feature loss, ‖z(x) − z₀(x)‖².
  case pfl
  /// Cross-entropy on the triggers; on data the softmax probability-distribution loss, KL(p₀(x) ‖ p(x)).
  case spl
  case both = "pfl+spl"

  /// Whether data is learned by its labels; else by what the host says of it.
  var learnsLabels: Bool { self == .ce || self == .twl }
  var keepsFeatures: Bool { self == .pfl || self == .both }
  var keepsProbabilities: Bool { self == .spl || self == .both }
}

/// How triggers are embedded; the defaults are the published ones.
/// - Source: METHODS §4
package struct EmbeddingSettings: Codable, Sendable, Equatable {
  package var loss: EmbeddingLoss
  /// FixLL: whether the last layer stays the host's.
  package var fixesLastLayer: Bool
  /// Whether the marked model starts from fresh weights; else from the host's.
  package var isFromScratch: Bool
  package var epochs = 50
  /// Images of data and triggers in a step.
  package var batch = 32
  package var triggersPerBatch = 4
  /// Adam's, a tenth of it in the second half of the epochs.
  package var rate = 1e-4
  /// Of the TWL, of the PFL (summed over the batch and divided by its size), of the SPL (a mean over the batch).
  package var weightFactor = 0.01
  package var featureFactor = 0.01
  package var probabilityFactor = 1000.0

  package init(loss: EmbeddingLoss, fixesLastLayer: Bool, isFromScratch: Bool) {
    self.loss = loss
    self.fixesLastLayer = fixesLastLayer
    self.isFromScratch = isFromScratch
  }

  /// Tensors that stay as they are.
  ///
  /// Fine-tuning keeps batch norms, which noise among the images would move. A network from scratch has none yet and
  /// normalises by the batch. A last layer whose bias is 0 throughout is one without bias, as published, and stays so.
  func fixed(of model: Model) -> Set<String> {
    let definition = model.definition
    var fixed: Set<String> = isFromScratch ? [] : definition.tensors(of: .norms)
    if fixesLastLayer { fixed.formUnion(definition.tensors(of: .head)) }
    let bias = definition.tensors(of: .headBias)
    if model.isZero(bias) { fixed.formUnion(bias) }
    return fixed
  }

  /// What a marked model starts from.
  func start(of host: Model, seed: UInt64) throws -> Model {
    guard isFromScratch else { return host }
    let fresh = try Model(host.definition, seed: seed)
    let bias = host.definition.tensors(of: .headBias)
    if fixesLastLayer { return fresh.taking(host.definition.tensors(of: .head), from: host) }
    return host.isZero(bias) ? fresh.taking(bias, from: nil) : fresh
  }
}
