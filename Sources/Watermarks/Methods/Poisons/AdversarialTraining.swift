import Datasets
import Foundation
import Networks
import NeuralNet

/// How images are moved away from their class.
struct AdversarialSettings: Encodable, Equatable {
  /// ε and the length of a step, 1/255.
  var epsilon: Int
  var step: Double
  var steps: Int
  /// Images of one pass; what becomes of one depends on no other.
  var batch = 64
}

/// Projected gradient ascent on the cross-entropy of a frozen classifier, without a random start:
/// δ ← clip(δ + a·sign ∂CE(f(x + δ), y)/∂x, −ε, ε), x + δ within 0 … 255.
/// - Source: Madry et al. 2018, §2; Turner et al., "Label-Consistent Backdoor Attacks", 2019; METHODS §2
final class AdversarialTraining: ResumableTraining {
  private(set) var state: PoisonState
  private let gradients: LossGradients
  private let settings: AdversarialSettings
  let model: Model
  private(set) var stepsTaken = 0

  /// - Parameter state: the samples, of which there are some.
  /// - Throws: `NeuralNetError` if the surrogate does not read them.
  init(_ state: PoisonState, against surrogate: Model, settings: AdversarialSettings, threads: Int) throws {
    self.state = state
    self.settings = settings
    model = surrogate
    gradients = try LossGradients(surrogate, batch: min(settings.batch, state.count), threads: threads)
  }

  private var batches: Int { (state.count + gradients.batch - 1) / gradients.batch }
  var totalSteps: Int { batches * settings.steps }

  /// One step of one batch; all steps of a batch come before the next one's.
  /// - Returns: the batch's derivative before the step, (n, C, H, W).
  @discardableResult func step() -> [Float] {
    let first = stepsTaken / settings.steps * gradients.batch
    let samples = first..<min(state.count, first + gradients.batch)
    let slopes = gradients.byImages(state.images(samples), state.targets(samples, classes: gradients.classes))
    let (length, bound) = (Float(settings.step), Float(settings.epsilon))
    for (place, index) in state.range(samples).enumerated() {
      let sign: Float = slopes[place] > 0 ? 1 : slopes[place] < 0 ? -1 : 0
      let change = min(max(state.changes[index] + length * sign, -bound), bound)
      state.changes[index] = min(max(state.originals[index] + change, 0), 255) - state.originals[index]
    }
    stepsTaken += 1
    return slopes
  }

  func metrics(_ figures: [Float]) -> [String: Double] { [:] }

  func save(to path: String) throws {
    try PoisonCheckpoint(
      steps: stepsTaken, tensors: ["changes": Tensor(shape: [state.changes.count], values: state.changes)]
    )
    .save(to: path, of: fingerprint)
  }

  func restore(from path: String) throws {
    let checkpoint = try PoisonCheckpoint(path, of: fingerprint, steps: 0...totalSteps)
    state.changes = try checkpoint.values("changes", count: state.changes.count)
    stepsTaken = checkpoint.steps
  }

  private var fingerprint: String { "adversarial \(settings) \(state.samples) \(model.fingerprint)" }
}
