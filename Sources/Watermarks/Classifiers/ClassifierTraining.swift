package import Datasets
package import Networks
import NeuralNet

/// Trains a classifier on cached samples, step by step.
///
/// The order of the samples in an epoch and the augmentation of a step are functions of the seed and the step's number
/// alone, so a restored training goes on exactly.
package final class ClassifierTraining {
  private let trainer: ClassifierTrainer
  private let settings: ClassifierSettings
  private let seed: UInt64
  private var batches: TrainingBatches

  package let totalSteps: Int

  /// - Throws: `WatermarkError.noSamples` without samples; `NeuralNetError` for an architecture that does not fit them.
  /// - Parameter start: a trained model that is fine-tuned; nil trains from scratch.
  package init(
    samples: SampleCache, classes: Int, settings: ClassifierSettings, seed: UInt64, threads: Int,
    from start: Model? = nil
  ) throws {
    guard samples.count > 0 else { throw WatermarkError.noSamples(group: "the training split") }
    self.settings = settings
    self.seed = seed
    batches = TrainingBatches(samples, size: settings.batch, augments: settings.augments, seed: seed)
    totalSteps = settings.epochs * batches.stepsPerEpoch
    let input = samples.shape
    let fresh = try Model(
      NetworkDefinition(
        architecture: settings.architecture, width: settings.width, input: input, classes: classes,
        form: settings.form ?? NetworkDefinition.usualForm(of: settings.architecture, for: input)),
      seed: seed)
    precondition(start == nil || start?.definition == fresh.definition, "a fine-tuned model keeps its definition")
    trainer = try ClassifierTrainer(
      start ?? fresh, batch: batches.size, threads: threads,
      optimiser: .sgd(momentum: 0.9, nesterov: true, weightDecay: Float(settings.weightDecay)),
      schedule: .oneCycle(peak: Float(settings.peakRate), steps: totalSteps), seed: seed)
  }

  package var model: Model { trainer.model }
  package var stepsTaken: Int { trainer.stepsTaken }
  package var batchSize: Int { batches.size }
  package var stepsPerEpoch: Int { batches.stepsPerEpoch }

  /// One step of SGD.
  /// - Returns: the batch's mean cross-entropy in nats, and how many images were classified right.
  package func step() -> (loss: Double, correct: Int) {
    let (positions, images) = batches.batch(ofStep: trainer.stepsTaken)
    return trainer.step(images: images.span, labels: positions.map { Int(batches.samples.labels[$0]) })
  }

  package func save(to path: String) throws {
    try trainer.save(to: path, metadata: ["training": fingerprint])
  }

  /// Goes on from a checkpoint.
  /// - Throws: `WatermarkError.otherTraining` if the checkpoint was made with another seed or other settings.
  package func restore(from path: String) throws {
    try TrainingPlan.check(path, isOf: fingerprint)
    _ = try trainer.restore(from: path)
  }

  private var fingerprint: String { "classifier seed=\(seed) samples=\(batches.samples.count) \(settings)" }
}

extension ClassifierTraining: EpochTraining {
  package func metrics(_ figures: (loss: Double, correct: Int)) -> [String: Double] {
    ["loss": figures.loss, "accuracy": Double(figures.correct) / Double(batchSize)]
  }
}
