package import Datasets
package import NeuralNet

/// Trains a classifier on cached samples, step by step.
///
/// The order of the samples in an epoch and the augmentation of a step are functions of the seed and the step's number
/// alone, so a restored training goes on exactly.
package final class ClassifierTraining {
  private let trainer: ClassifierTrainer
  private let samples: SampleCache
  private let settings: ClassifierSettings
  private let seed: UInt64
  private let batch: Int
  private var epoch = -1
  private var order: [Int] = []
  private var images: [UInt8]
  private var labels: [Int]

  package let totalSteps: Int

  /// - Throws: `WatermarkError.noSamples` without samples; `NeuralNetError` for an architecture that does not fit them.
  /// - Parameter start: a trained model that is fine-tuned; nil trains from scratch.
  package init(
    samples: SampleCache, classes: Int, settings: ClassifierSettings, seed: UInt64, threads: Int,
    from start: Model? = nil
  ) throws {
    guard samples.count > 0 else { throw WatermarkError.noSamples(group: "the training split") }
    self.samples = samples
    self.settings = settings
    self.seed = seed
    batch = min(settings.batch, samples.count)
    totalSteps = settings.epochs * (samples.count / batch)
    let input = NeuralNet.ImageShape(samples.shape)
    let fresh = try Model(
      NetworkDefinition(
        architecture: settings.architecture, width: settings.width, input: input, classes: classes,
        form: settings.form ?? NetworkDefinition.usualForm(of: settings.architecture, for: input)),
      seed: seed)
    precondition(start == nil || start?.definition == fresh.definition, "a fine-tuned model keeps its definition")
    trainer = try ClassifierTrainer(
      start ?? fresh, batch: batch, threads: threads,
      optimiser: .sgd(momentum: 0.9, nesterov: true, weightDecay: Float(settings.weightDecay)),
      schedule: .oneCycle(peak: Float(settings.peakRate), steps: totalSteps), seed: seed)
    images = [UInt8](repeating: 0, count: batch * samples.shape.bytes)
    labels = [Int](repeating: 0, count: batch)
  }

  package var model: Model { trainer.model }
  package var stepsTaken: Int { trainer.stepsTaken }
  package var batchSize: Int { batch }

  /// One step of SGD. The samples left over at the end of an epoch take part in the next one's order.
  /// - Returns: the batch's mean cross-entropy in nats, and how many images were classified right.
  package func step() -> (loss: Double, correct: Int) {
    let step = trainer.stepsTaken
    let stepsPerEpoch = samples.count / batch
    if step / stepsPerEpoch != epoch {
      epoch = step / stepsPerEpoch
      var stream = RandomStream(seed: seed, stream: "epoch \(epoch)")
      order = stream.permutation(samples.count)
    }
    let first = step % stepsPerEpoch * batch
    let size = samples.shape.bytes
    for slot in 0..<batch {
      let position = order[first + slot]
      labels[slot] = Int(samples.labels[position])
      images.replaceSubrange(slot * size..<(slot + 1) * size, with: samples.pixels(of: position))
    }
    // Spans of locals: a property's span cannot outlive the access to it.
    let batch = images
    guard settings.augments else { return trainer.step(images: batch.span, labels: labels) }
    var stream = RandomStream(seed: seed, stream: "augmentation \(step)")
    var augmented = [UInt8](repeating: 0, count: batch.count)
    var output = augmented.mutableSpan
    Augmentation.flipAndCrop(
      batch.span, shape: NeuralNet.ImageShape(samples.shape), padding: 4, flip: samples.shape.channels == 3,
      using: &stream, into: &output)
    return trainer.step(images: augmented.span, labels: labels)
  }

  package func save(to path: String) throws {
    try trainer.save(to: path, metadata: ["training": fingerprint])
  }

  /// Goes on from a checkpoint.
  /// - Throws: `WatermarkError.otherTraining` if the checkpoint was made with another seed or other settings.
  package func restore(from path: String) throws {
    let metadata = try trainer.restore(from: path)
    guard metadata["training"] == fingerprint else {
      throw WatermarkError.otherTraining(path: path, reason: "seed or settings differ")
    }
  }

  private var fingerprint: String { "classifier seed=\(seed) samples=\(samples.count) \(settings)" }
}

extension NeuralNet.ImageShape {
  /// The same shape as the networks name it.
  package init(_ shape: Datasets.ImageShape) {
    self.init(channels: shape.channels, height: shape.height, width: shape.width)
  }
}
