package import Datasets
package import Networks
import NeuralNet

/// Model extraction: a student learns what a victim answers to images of a transfer set, and never sees a label.
///
/// The loss is the cross-entropy with the victim's answers, whose gradient is that of their Kullback–Leibler divergence;
/// SGD with momentum .9, at a tenth of its rate after 60 % of the steps. Each image is asked about once, before it is
/// augmented.
/// - Source: Orekondy, Schiele & Fritz 2019 (Knockoff Nets); METHODS §3
package final class StudentTraining {
  /// What a victim gives away.
  package enum Answers: String, Codable, Sendable, CaseIterable {
    case probabilities, labels
  }

  private let plan: TrainingPlan
  private let answers: [Float]
  private let classes: Int
  private let fingerprint: String
  private var batches: TrainingBatches

  package let totalSteps: Int

  /// - Parameters:
  ///   - transfer: images; their labels are not looked at.
  ///   - settings: `peakRate` is the rate of the first 60 %.
  /// - Throws: `WatermarkError.noSamples` without images; `NeuralNetError` for an architecture that does not fit them.
  package init(
    of victim: Model, transfer: SampleCache, answers kind: Answers, settings: ClassifierSettings, seed: UInt64,
    threads: Int
  ) throws {
    guard transfer.count > 0 else { throw WatermarkError.noSamples(group: "the transfer set") }
    classes = victim.definition.classes
    answers = try Self.ask(victim, transfer, kind, threads: threads)
    batches = TrainingBatches(transfer, size: settings.batch, augments: settings.augments, seed: seed)
    totalSteps = settings.epochs * batches.stepsPerEpoch
    fingerprint = "student seed=\(seed) images=\(transfer.count) answers=\(kind.rawValue) \(settings)"

    let input = victim.definition.input
    let fresh = try Model(
      NetworkDefinition(
        architecture: settings.architecture, width: settings.width, input: input, classes: classes,
        form: settings.form ?? NetworkDefinition.usualForm(of: settings.architecture, for: input)),
      seed: seed)
    var graph = Graph(batch: batches.size)
    let images = graph.images("images", shape: input)
    let student = try graph.use(fresh, named: "student", frozen: false)
    let loss = graph.crossEntropy(graph.apply(student, to: images).output, targets: "answers", name: "loss")
    plan = TrainingPlan(
      graph, minimising: [(loss, 1)],
      optimiser: .sgd(momentum: 0.9, weightDecay: Float(settings.weightDecay)),
      schedule: .step(rate: Float(settings.peakRate), every: max(1, totalSteps * 3 / 5)), threads: threads, seed: seed)
  }

  /// The victim's answers, (N, K): its probabilities, or 1 for its label.
  static func ask(_ victim: Model, _ images: SampleCache, _ kind: Answers, threads: Int) throws -> [Float] {
    let classes = victim.definition.classes
    let pixels = images.pixels
    let plan = try ClassifierPlan(victim, batch: 64, threads: threads)
    let answers = plan.probabilities(pixels.span, count: images.count)
    guard kind == .labels else { return answers }
    return plan.predictions(answers).flatMap { label in (0..<classes).map { $0 == label ? 1 : 0 } }
  }

  package var model: Model { plan.model("student") }
  package var stepsTaken: Int { plan.stepsTaken }
  package var batchSize: Int { batches.size }
  package var stepsPerEpoch: Int { batches.stepsPerEpoch }

  /// One step of SGD.
  /// - Returns: the batch's mean cross-entropy in nats, and on how many images the student agrees with the victim.
  package func step() -> (loss: Double, agreeing: Int) {
    let (positions, images) = batches.batch(ofStep: plan.stepsTaken)
    plan.setImages("images", images.span)
    plan.setTargets("answers", positions.flatMap { answers[$0 * classes..<($0 + 1) * classes] })
    plan.step()
    return (plan.loss("loss"), plan.correct("loss"))
  }

  package func save(to path: String) throws { try plan.save(to: path, of: fingerprint) }

  /// Goes on from a checkpoint.
  /// - Throws: `WatermarkError.otherTraining` if the checkpoint was made with another seed or other settings.
  package func restore(from path: String) throws { try plan.restore(from: path, of: fingerprint) }
}

extension StudentTraining: EpochTraining {
  package func metrics(_ figures: (loss: Double, agreeing: Int)) -> [String: Double] {
    ["loss": figures.loss, "agreement": Double(figures.agreeing) / Double(batchSize)]
  }
}
