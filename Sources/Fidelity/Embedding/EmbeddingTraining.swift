package import Datasets
import Foundation
import Foundations
package import Networks
import NeuralNet
package import Watermarks

/// Embeds triggers in a classifier, from its host's weights or from fresh ones, and holds it to what the host says of data.
///
/// Which samples and triggers a step sees are functions of the seed and the step's number alone, so a restored training
/// goes on exactly. Images are not augmented: what the host says of each is asked once.
/// - Source: METHODS §4
package final class EmbeddingTraining {
  private let plan: TrainingPlan
  private let settings: EmbeddingSettings
  private let triggers: TriggerSet?
  private let triggersPerStep: Int
  /// What the host says of the samples: features (N, d) and probabilities (N, K); empty where nothing is held to them.
  private let host: (features: [Float], probabilities: [Float])
  private let seed: UInt64
  private let fingerprint: String
  private var batches: TrainingBatches
  private let classes: Int

  package let totalSteps: Int
  /// The model before the first step.
  package let start: Model

  private static let network = "marked"

  /// - Parameter onProgress: hears of the images that the host is asked about.
  /// - Throws: `WatermarkError.noSamples` without samples, `noHead` for a network without penultimate features; what
  ///   `onProgress` throws.
  package convenience init(
    of host: Model, samples: SampleCache, triggers: TriggerSet, settings: EmbeddingSettings, seed: UInt64,
    threads: Int, onProgress: ImageReport
  ) throws {
    try self.init(
      settings.start(of: host, seed: seed), host: host, samples: samples, triggers: triggers, settings: settings,
      seed: seed, threads: threads, onProgress: onProgress)
  }

  /// A host as the paper's are trained: by the same schedule, from scratch, on data alone, its last layer without bias.
  package convenience init(
    host definition: NetworkDefinition, samples: SampleCache, epochs: Int, rate: Double = 1e-4, seed: UInt64,
    threads: Int
  ) throws {
    var settings = EmbeddingSettings(loss: .ce, fixesLastLayer: false, isFromScratch: true)
    settings.epochs = epochs
    settings.rate = rate
    let fresh = try Model(definition, seed: seed)
    try self.init(
      fresh.taking(definition.tensors(of: .headBias), from: nil), host: nil, samples: samples, triggers: nil,
      settings: settings, seed: seed, threads: threads, onProgress: { _, _ in })
  }

  private init(
    _ start: Model, host: Model?, samples: SampleCache, triggers: TriggerSet?, settings: EmbeddingSettings,
    seed: UInt64, threads: Int, onProgress: ImageReport
  ) throws {
    guard samples.count > 0 else { throw WatermarkError.noSamples(group: "the training split") }
    guard start.definition.headWeight != nil else {
      throw WatermarkError.noHead(architecture: start.definition.architecture)
    }
    self.start = start
    self.settings = settings
    self.triggers = triggers
    self.seed = seed
    classes = start.definition.classes
    batches = TrainingBatches(samples, size: settings.batch, augments: false, seed: seed)
    triggersPerStep = min(settings.triggersPerBatch, triggers?.count ?? 0)
    totalSteps = settings.epochs * batches.stepsPerEpoch
    let digest = triggers?.digest.description ?? "none"
    fingerprint = "embedding seed=\(seed) samples=\(samples.count) triggers=\(digest) \(settings)"
    self.host =
      try host.map { host in
        try Self.answers(of: host, samples, settings.loss, threads: threads, onProgress: onProgress)
      } ?? ([], [])

    let size = batches.size + triggersPerStep
    var graph = Graph(batch: size)
    let images = graph.images("images", shape: start.definition.input)
    let marked = try graph.use(
      start, named: Self.network, frozen: false, fixed: settings.fixed(of: host ?? start))
    let result = graph.apply(marked, to: images)
    let labels = graph.crossEntropy(result.output, labels: "labels", weights: "learned", name: "labels")
    _ = graph.crossEntropy(result.output, labels: "labels", weights: "triggers", name: "triggers")
    var total: [(loss: Loss, coefficient: Float)] = [(labels, 1)]
    if settings.loss == .twl, let host {
      let origin = try graph.use(host, named: "host", frozen: true, isCheckpointed: false)
      _ = graph.apply(origin, to: images)
      let distance = graph.weightDistance(of: marked, from: origin, name: "weights")
      total.append((distance, Float(settings.weightFactor)))
    }
    if settings.loss.keepsFeatures, let features = result.features {
      let distance = graph.squaredDistance(features, targets: "features", weights: "data", name: "features")
      total.append((distance, Float(settings.featureFactor)))
    }
    if settings.loss.keepsProbabilities {
      let distance = graph.crossEntropy(result.output, targets: "probabilities", name: "probabilities")
      // Triggers have no probabilities to be held to and add nothing to the sum, which is divided by all images.
      total.append((distance, Float(settings.probabilityFactor) * Float(size) / Float(batches.size)))
    }
    plan = TrainingPlan(
      graph, minimising: total, optimiser: .adam(),
      schedule: .step(
        rate: Float(settings.rate), every: max(1, (settings.epochs + 1) / 2 * batches.stepsPerEpoch)),
      threads: threads, seed: seed)
    setWeights()
  }

  private static func answers(
    of host: Model, _ samples: SampleCache, _ loss: EmbeddingLoss, threads: Int, onProgress: ImageReport
  ) throws -> (features: [Float], probabilities: [Float]) {
    guard !loss.learnsLabels else { return ([], []) }
    let plan = try ClassifierPlan(host, batch: 64, threads: threads)
    var (features, probabilities): ([Float], [Float]) = ([], [])
    try samples.inPieces(onProgress: onProgress) { images, range in
      let answers = plan.answers(images.span, count: range.count)
      if loss.keepsFeatures { features += answers.features }
      if loss.keepsProbabilities {
        probabilities += LogProbabilities(answers.logits, classes: plan.classes).values.map { Float(exp($0)) }
      }
    }
    return (features, probabilities)
  }

  /// Of each image in the means: data first, then triggers.
  private func setWeights() {
    let (data, asked) = (batches.size, triggersPerStep)
    func weights(_ first: Float, _ second: Float) -> [Float] {
      [Float](repeating: first, count: data) + [Float](repeating: second, count: asked)
    }
    let each = 1 / Float(data + asked)
    let trigger = asked > 0 ? 1 / Float(asked) : 0
    plan.setWeights("learned", settings.loss.learnsLabels ? weights(each, each) : weights(0, trigger))
    plan.setWeights("triggers", weights(0, trigger))
    if settings.loss.keepsFeatures { plan.setWeights("data", weights(1 / Float(data), 0)) }
  }

  package var model: Model { plan.model(Self.network) }
  package var stepsTaken: Int { plan.stepsTaken }
  package var stepsPerEpoch: Int { batches.stepsPerEpoch }

  /// One step of Adam.
  /// - Returns: what is minimised, on this batch, and how many of its triggers were answered with their labels.
  package func step() -> (loss: Double, triggered: Int) {
    let step = plan.stepsTaken
    var (positions, images) = batches.batch(ofStep: step)
    var labels = positions.map { Int(batches.samples.labels[$0]) }
    if let triggers {
      for number in triggerNumbers(ofStep: step, among: triggers.count) {
        images += triggers.image(number)
        labels.append(triggers.labels[number])
      }
    }
    plan.setImages("images", images.span)
    plan.setLabels("labels", labels)
    if settings.loss.keepsFeatures { plan.setTargets("features", rows(positions, of: host.features)) }
    if settings.loss.keepsProbabilities { plan.setTargets("probabilities", rows(positions, of: host.probabilities)) }
    plan.step()
    return (plan.total, triggersPerStep > 0 ? plan.correct("triggers") : 0)
  }

  /// Rows of the samples in a batch, then zeros for its triggers.
  private func rows(_ positions: [Int], of values: [Float]) -> [Float] {
    let width = values.count / batches.samples.count
    return positions.flatMap { values[$0 * width..<($0 + 1) * width] }
      + [Float](repeating: 0, count: triggersPerStep * width)
  }

  /// Each trigger once, in an order of its own, before any comes again.
  private func triggerNumbers(ofStep step: Int, among count: Int) -> [Int] {
    var orders: [Int: [Int]] = [:]
    return (0..<triggersPerStep).map { place in
      let turn = step * triggersPerStep + place
      let order = orders[turn / count] ?? order(ofRound: turn / count, among: count)
      orders[turn / count] = order
      return order[turn % count]
    }
  }

  private func order(ofRound round: Int, among count: Int) -> [Int] {
    var stream = RandomStream(seed: seed, stream: "triggers \(round)")
    return stream.permutation(count)
  }

  package func save(to path: String) throws { try plan.save(to: path, of: fingerprint) }

  /// Goes on from a checkpoint.
  /// - Throws: `WatermarkError.otherTraining` if the checkpoint was made with another seed or other settings.
  package func restore(from path: String) throws { try plan.restore(from: path, of: fingerprint) }
}

extension EmbeddingTraining: EpochTraining {
  package func metrics(_ figures: (loss: Double, triggered: Int)) -> [String: Double] {
    var metrics = ["loss": figures.loss]
    if triggersPerStep > 0 { metrics["triggers"] = Double(figures.triggered) / Double(triggersPerStep) }
    return metrics
  }
}
