package import Datasets
import Foundation
package import Foundations
package import Networks
import NeuralNet

/// Trains the reader D of a learned painting: a network that names the carrier of the book that an image shows.
///
/// It learns before a painter is let loose: against a reader that cannot read yet, a painter's best answer is to paint
/// nothing, and then there is nothing to learn to read from. It learns on carriers that are plain at first and weaken to ε,
/// since from carriers of 8/255 alone it learns nothing (docs/experiments/keyed.md, "A learned painting").
/// - Source: METHODS §7
package final class ReaderTraining {
  private let plan: TrainingPlan
  private let batches: CarrierBatches
  private let epsilon: Int
  private let fingerprint: String

  package let totalSteps: Int

  /// - Parameters:
  ///   - samples: what the carriers are painted on.
  ///   - part: of each, what is learned from (`CarrierBatches.part`).
  ///   - epsilon: what carriers weaken to, in 1/255.
  /// - Throws: `NeuralNetError` if the shape of the samples does not fit a reader.
  package init(
    samples: SampleCache, part: ImageShape, book: CarrierBook, epsilon: Int, batch: Int, steps: Int, seed: UInt64,
    threads: Int
  ) throws {
    batches = CarrierBatches(
      samples: samples, shape: part, book: book, size: batch, seed: seed, stream: "reader step")
    self.epsilon = epsilon
    totalSteps = steps
    fingerprint =
      "reader seed=\(seed) book=\(book.count) samples=\(samples.count) epsilon=\(epsilon) batch=\(batch) steps=\(steps)"
    var graph = Graph(batch: batch)
    let reader = try graph.use(
      Model(NetworkDefinition(architecture: "resnet18", width: 8, input: part, classes: book.count), seed: seed),
      named: "reader", frozen: false)
    let reading = graph.crossEntropy(
      graph.apply(reader, to: graph.images("images", shape: part)).output, labels: "carrier", weights: "mean",
      name: "reading")
    plan = TrainingPlan(
      graph, minimising: [(reading, 1)], optimiser: .adam(), schedule: .cosine(rate: 2e-3, steps: steps),
      threads: threads)
    plan.setWeights("mean", [Float](repeating: 1 / Float(batch), count: batch))
  }

  /// A plain carrier, 1/255, and the share of the steps after which carriers have weakened to ε.
  private static let plain = 64.0
  private static let weakening = 0.6

  /// The most that a value changes at a step, 1/255: from plain to ε by the same factor each step, then ε.
  static func strength(ofStep step: Int, of steps: Int, epsilon: Int) -> Int {
    let left = max(0, 1 - Double(step) / (weakening * Double(steps)))
    return max(epsilon, Int((Double(epsilon) * pow(plain / Double(epsilon), left)).rounded()))
  }

  package var model: Model { plan.model("reader") }
  package var stepsTaken: Int { plan.stepsTaken }

  /// One Adam step.
  /// - Returns: the batch's mean cross-entropy over the entries of the book, nats.
  package func step() -> Double {
    let batch = batches.batch(ofStep: plan.stepsTaken)
    let strength = Self.strength(ofStep: plan.stepsTaken, of: totalSteps, epsilon: epsilon)
    let marked = CarrierPaint(epsilon: strength, amplitude: 1).mark(batch.images, carriers: batch.carriers)
    plan.setImages("images", marked.span)
    plan.setLabels("carrier", batch.entries)
    plan.step()
    return plan.loss("reading")
  }

  package func save(to path: String) throws { try plan.save(to: path, of: fingerprint) }

  /// Goes on from a checkpoint.
  /// - Throws: `WatermarkError.otherTraining` if the checkpoint was made with another seed or other settings.
  package func restore(from path: String) throws { try plan.restore(from: path, of: fingerprint) }
}

extension ReaderTraining: ResumableTraining {
  package func metrics(_ figures: Double) -> [String: Double] { ["readingLoss": figures] }
}
