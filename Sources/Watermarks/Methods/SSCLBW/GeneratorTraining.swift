package import Datasets
import Foundations
package import Networks
import NeuralNet

/// Trains the U-Net against a frozen surrogate f with the paper's three losses.
///
/// L = α·L_t + β·L_n + γ·L_p, where L_t = CE(f(G(x)), k*(x)) over target-class samples with k*(x) the class that f
/// finds least likely for the clean x, L_n = CE(f(G(x)), t) over the others, and L_p the LPIPS of x and G(x) over both
/// or, without LPIPS' weights, the squared distance between the surrogate's channel-normalised features of the two.
/// Rounding to 8 bits is straight-through.
///
/// Each step's batch is a function of the seed and the step's number alone, so a restored training goes on exactly.
/// - Source: SSCL-BW eqs. 3–6; METHODS §1 and §6
package final class GeneratorTraining {
  private let plan: TrainingPlan
  private let samples: SampleCache
  private let settings: SSCLBWSettings
  private let seed: UInt64
  private let targetClass: Int
  /// Positions in `samples` of the target class and of the others.
  private let targets: [Int]
  private let others: [Int]
  /// k*(x) of each of `targets`.
  private let leastLikely: [Int]
  private var images: [UInt8]
  private var labels: [Int]

  /// The mean of a step's losses by group.
  package struct Losses: Sendable, Equatable {
    package var target: Double
    package var nonTarget: Double
    package var perceptual: Double
  }

  /// - Parameters:
  ///   - surrogate: f, trained on clean data; its weights stay as they are.
  ///   - samples: what the generator learns from, of every class.
  ///   - lpips: the perceptual loss; nil for the feature distance on the surrogate.
  /// - Throws: `WatermarkError.noSamples` if the target class or the rest is empty; `NeuralNetError` if the shapes do not
  ///   fit.
  package init(
    surrogate: Model, samples: SampleCache, targetClass: Int, settings: SSCLBWSettings, seed: UInt64, threads: Int,
    lpips: LPIPS? = nil
  ) throws {
    self.samples = samples
    self.settings = settings
    self.seed = seed
    self.targetClass = targetClass
    targets = samples.labels.indices.filter { Int(samples.labels[$0]) == targetClass }
    others = samples.labels.indices.filter { Int(samples.labels[$0]) != targetClass }
    guard !targets.isEmpty else { throw WatermarkError.noSamples(group: "the target class") }
    guard !others.isEmpty else { throw WatermarkError.noSamples(group: "any class but the target") }

    let shape = surrogate.definition.input
    leastLikely = try Self.leastLikelyClasses(of: targets, in: samples, by: surrogate, threads: threads)
    images = [UInt8](repeating: 0, count: settings.batch * shape.count)
    labels = [Int](repeating: 0, count: settings.batch)

    let network = try Model(
      NetworkDefinition(
        architecture: "unet", width: settings.width, depth: settings.depth, input: shape, classes: 0),
      seed: seed)
    var graph = Graph(batch: settings.batch)
    let x = graph.images("images", shape: shape)
    let generator = try graph.use(network, named: "generator", frozen: false)
    let f = try graph.use(surrogate, named: "surrogate", frozen: true)
    let marked = graph.perturb(x, by: graph.apply(generator, to: x).output, epsilon: Float(settings.epsilon) / 255)
    let clean = graph.apply(f, to: x)
    let seen = graph.apply(f, to: marked)
    let target = graph.crossEntropy(seen.output, labels: "labels", weights: "target weights", name: "target")
    let nonTarget = graph.crossEntropy(seen.output, labels: "labels", weights: "other weights", name: "nonTarget")
    let perceptual =
      if let lpips {
        try graph.lpips(lpips, marked, x, name: "perceptual")
      } else {
        graph.featureDistance(seen.taps, clean.taps, name: "perceptual")
      }
    perceptualTerm = LPIPS.termName(lpips)
    plan = TrainingPlan(
      graph,
      minimising: [
        (target, Float(settings.targetWeight)), (nonTarget, Float(settings.nonTargetWeight)),
        (perceptual, Float(settings.perceptualWeight)),
      ],
      optimiser: .adam(), schedule: .cosine(rate: Float(settings.rate), steps: settings.steps), threads: threads)

    precondition(settings.batch >= 2 && targetClass < surrogate.definition.classes)
    // Each loss is the mean over its own group.
    let half = settings.batch / 2
    let rest = settings.batch - half
    plan.setWeights("target weights", (0..<settings.batch).map { $0 < half ? 1 / Float(half) : 0 })
    plan.setWeights("other weights", (0..<settings.batch).map { $0 < half ? 0 : 1 / Float(rest) })
  }

  /// What L_p is: "feature distance", or LPIPS with its trunk and the fingerprint of its weights.
  package let perceptualTerm: String
  package var stepsTaken: Int { plan.stepsTaken }
  package var totalSteps: Int { settings.steps }

  /// One Adam step on half a batch of target-class samples and half a batch of others.
  package func step() -> Losses {
    var stream = RandomStream(seed: seed, stream: "generator step \(plan.stepsTaken)")
    let half = settings.batch / 2
    let size = samples.shape.bytes
    for slot in 0..<settings.batch {
      let position: Int
      if slot < half {
        let choice = stream.below(targets.count)
        position = targets[choice]
        labels[slot] = leastLikely[choice]
      } else {
        position = others[stream.below(others.count)]
        labels[slot] = targetClass
      }
      images.replaceSubrange(slot * size..<(slot + 1) * size, with: samples.pixels(of: position))
    }
    // The span of a local: a property's span cannot outlive the access to it.
    let batch = images
    plan.setImages("images", batch.span)
    plan.setLabels("labels", labels)
    plan.step()
    return Losses(
      target: plan.loss("target"), nonTarget: plan.loss("nonTarget"), perceptual: plan.loss("perceptual"))
  }

  /// The U-Net as it stands.
  package var model: Model { plan.model("generator") }

  package func save(to path: String) throws {
    try plan.save(to: path, of: fingerprint)
  }

  /// Goes on from a checkpoint.
  /// - Throws: `WatermarkError.otherTraining` if the checkpoint was made with another seed, other settings or another
  ///   perceptual loss.
  package func restore(from path: String) throws {
    try plan.restore(from: path, of: fingerprint)
  }

  private var fingerprint: String { "generator seed=\(seed) target=\(targetClass) \(settings) \(perceptualTerm)" }

  /// k*(x) = argmin_k p_f(k | x).
  private static func leastLikelyClasses(
    of positions: [Int], in samples: SampleCache, by surrogate: Model, threads: Int
  ) throws -> [Int] {
    let plan = try ClassifierPlan(surrogate, batch: min(64, positions.count), threads: threads)
    let classes = surrogate.definition.classes
    let images = positions.flatMap { samples.pixels(of: $0) }
    let logits = plan.logits(images.span, count: positions.count)
    return positions.indices.map { row in
      (0..<classes).min { logits[row * classes + $0] < logits[row * classes + $1] } ?? 0
    }
  }
}

extension GeneratorTraining: ResumableTraining {
  package func metrics(_ figures: Losses) -> [String: Double] {
    ["targetLoss": figures.target, "nonTargetLoss": figures.nonTarget, "perceptualLoss": figures.perceptual]
  }
}
