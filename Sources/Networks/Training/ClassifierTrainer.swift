package import NeuralNet

/// Trains a classifier on batches of labelled images with cross-entropy.
package final class ClassifierTrainer {
  private let plan: TrainingPlan
  private static let network = "classifier"
  private static let loss = "loss"

  /// - Parameters:
  ///   - batch: Images of every step.
  ///   - seed: Decides, with a step's number, what dropout drops.
  /// - Throws: `NeuralNetError.invalidDefinition`.
  package init(
    _ model: Model, batch: Int, threads: Int, optimiser: OptimiserKind, schedule: Schedule, seed: UInt64 = 0
  ) throws {
    var graph = Graph(batch: batch)
    let images = graph.images("images", shape: model.definition.input)
    let network = try graph.use(model, named: Self.network, frozen: false)
    guard model.definition.classes > 0 else {
      throw NeuralNetError.invalidDefinition(
        architecture: model.definition.architecture, reason: "it does not classify")
    }
    let logits = graph.apply(network, to: images).output
    let loss = graph.crossEntropy(logits, labels: "labels", weights: "weights", name: Self.loss)
    plan = TrainingPlan(
      graph, minimising: [(loss, 1)], optimiser: optimiser, schedule: schedule, threads: threads,
      seed: seed)
  }

  /// One step on exactly `batch` images, (N, C, H, W); the mean loss in nats and the hits before the step.
  package func step(images: Span<UInt8>, labels: [Int]) -> (loss: Double, correct: Int) {
    plan.setImages("images", images)
    plan.setLabels("labels", labels)
    plan.step()
    return (plan.loss(Self.loss), plan.correct(Self.loss))
  }

  /// The network as it is now.
  package var model: Model { plan.model(Self.network) }

  package var stepsTaken: Int { plan.stepsTaken }

  /// Memory of all activations and gradients, in bytes.
  package var arenaBytes: Int { plan.arenaBytes }

  /// Writes everything that the next step depends on; see `TrainingPlan.save`.
  package func save(to path: String, metadata: [String: String] = [:]) throws {
    try plan.save(to: path, metadata: metadata)
  }

  /// Puts back what `save` wrote and returns its metadata.
  package func restore(from path: String) throws -> [String: String] { try plan.restore(from: path) }
}
