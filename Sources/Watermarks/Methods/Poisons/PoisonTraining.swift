import Datasets
import Foundation
import Foundations
import Networks
import NeuralNet

/// How poisons are matched: Sleeper Agent's and UBW-C's recipe.
struct PoisonTrainingSettings: Encodable, Equatable {
  /// ε, 1/255.
  var epsilon: Int
  /// Steps on every batch of poisons.
  var steps: Int
  var batch: Int
  var retrainEvery: Int
  /// How the surrogate is trained anew on what would be written.
  var retraining: ClassifierSettings
  /// Images that show the trigger, at most.
  var sources: Int
  /// t; nil where sources are to be taken for anything but what they show.
  var target: Int?
  /// β of untargeted marks.
  var entropyWeight: Double
  var seed: UInt64

  /// τ of a step, 1/255: .1·batch/512 in [0, 1], a tenth of it after 3/8, 5/8 and 7/8 of the steps.
  /// - Source: METHODS §2 (93, 156 and 218 of 250)
  func rate(at step: Int, batch: Int) -> Float {
    let falls = [3, 5, 7].count { step >= $0 * steps / 8 }
    return 255 * 0.1 * Float(batch) / 512 * Float(pow(0.1, Double(falls)))
  }
}

/// Changes samples until what they teach is what patched sources would: φ = 1 − cos(∇θ L(poisons), s), by signed Adam on δ.
///
/// After every few steps the surrogate is trained anew, from scratch, on the samples as they would be written, and s is
/// computed anew. Whatever is drawn is a function of the seed alone, so a restored training goes on exactly.
/// - Source: Souri et al., "Sleeper Agent", 2021, algorithm 1; Li et al., "Untargeted Backdoor Watermark", 2022, §3.3; METHODS §2
final class PoisonTraining: ResumableTraining {
  private(set) var state: PoisonState
  private let cache: SampleCache
  private let trigger: SourcePatch
  private let settings: PoisonTrainingSettings
  private let threads: Int
  private let gradients: LossGradients
  /// Positions of the sources in the cache.
  private let sources: [Int]
  private let start: String
  private var first: [Float]
  private var second: [Float]
  private var wanted = WeightGradient(values: [])
  /// Steps on batches that were taken.
  private var matched = 0
  private var retrained = 0
  private var retraining: ClassifierTraining?
  private(set) var model: Model
  /// φ of the step before, over the batches of one pass.
  private var losses: [Double] = []

  /// - Parameters:
  ///   - state: the poisons, some of the cache's samples.
  ///   - cache: what surrogates are trained on.
  /// - Throws: `WatermarkError.noSamples` without a source; `NeuralNetError`.
  init(
    _ state: PoisonState, in cache: SampleCache, trigger: SourcePatch, against surrogate: Model,
    settings: PoisonTrainingSettings, threads: Int
  ) throws {
    (self.state, self.cache, self.trigger, self.settings, self.threads) = (state, cache, trigger, settings, threads)
    model = surrogate
    start = surrogate.fingerprint
    first = [Float](repeating: 0, count: state.changes.count)
    second = first
    let others = cache.labels.indices.filter { Int(cache.labels[$0]) != settings.target }
    guard !others.isEmpty else { throw WatermarkError.noSamples(group: "any class but the target") }
    sources = RandomStream.draw(settings.sources, of: Array(others), seed: settings.seed, purpose: "sources")
    gradients = try LossGradients(surrogate, batch: min(settings.batch, state.count), threads: threads)
    wanted = try sourceGradient()
  }

  private var batches: Int { (state.count + gradients.batch - 1) / gradients.batch }
  private var retrainings: Int { (settings.steps - 1) / settings.retrainEvery }
  private var retrainingSteps: Int {
    settings.retraining.epochs * (cache.count / min(settings.retraining.batch, cache.count))
  }

  var stepsTaken: Int { matched + retrained * retrainingSteps + (retraining?.stepsTaken ?? 0) }
  var totalSteps: Int { settings.steps * batches + retrainings * retrainingSteps }

  /// One step on one batch of poisons, or one of the surrogate's.
  /// - Returns: the mean of φ over the last pass; 1 before the first.
  func step() -> Double {
    if let retraining {
      _ = retraining.step()
      if retraining.stepsTaken >= retraining.totalSteps { finishRetraining(retraining.model) }
      return loss
    }
    let (pass, batch) = (matched / batches, matched % batches)
    if batch == 0 { losses = [] }
    let samples = batch * gradients.batch..<min(state.count, (batch + 1) * gradients.batch)
    let targets = state.targets(samples, classes: gradients.classes)
    let matching = GradientMatching(gradients: gradients).step(state.images(samples), targets, toward: wanted)
    losses.append(matching.loss)
    let range = state.range(samples)
    SignedAdam.step(
      &state.changes, &first, &second, range, gradient: matching.gradient,
      rate: settings.rate(at: pass, batch: samples.count), number: pass + 1, bound: Float(settings.epsilon),
      originals: Array(state.originals[range]))
    matched += 1
    if matched % batches == 0, (pass + 1) % settings.retrainEvery == 0, retrained < retrainings {
      do { retraining = try newRetraining() } catch {
        preconditionFailure("the surrogate was trained on as many samples of this shape before: \(error)")
      }
    }
    return loss
  }

  private var loss: Double { losses.isEmpty ? 1 : losses.reduce(0, +) / Double(losses.count) }

  /// φ of what is written, over all batches.
  func writtenLoss() -> Double {
    let matching = GradientMatching(gradients: gradients)
    let values = (0..<batches).map { batch in
      let samples = batch * gradients.batch..<min(state.count, (batch + 1) * gradients.batch)
      return matching.loss(
        state.written(samples), state.targets(samples, classes: gradients.classes), toward: wanted)
    }
    return values.reduce(0, +) / Double(batches)
  }

  private func newRetraining() throws -> ClassifierTraining {
    let written = Dictionary(uniqueKeysWithValues: state.samples.enumerated().map { ($1, $0) })
    let poisoned = cache.replacing(Set(state.samples)) { _, batch in
      batch.indices.flatMap { sample in
        written[sample].map { state.written($0..<$0 + 1).map { UInt8($0) } } ?? []
      }
    }
    return try ClassifierTraining(
      samples: poisoned, classes: gradients.classes, settings: settings.retraining,
      seed: settings.seed &+ UInt64(retrained + 1), threads: threads)
  }

  private func finishRetraining(_ surrogate: Model) {
    retraining = nil
    retrained += 1
    take(surrogate)
  }

  private func take(_ surrogate: Model) {
    model = surrogate
    gradients.load(surrogate)
    do { wanted = try sourceGradient() } catch {
      preconditionFailure("a surrogate of this definition was used before: \(error)")
    }
  }

  /// s: ∇θ of the mean over the patched sources of CE(t), or of −(CE(y) + β·H), H the entropy of what is answered.
  ///
  /// The gradient of CE(y) + β·H by the logits is p − q with q = y + β·p·(log p + H), which has the form of a cross-entropy
  /// with the targets q.
  private func sourceGradient() throws -> WeightGradient {
    let plan = settings.target == nil ? try ClassifierPlan(model, batch: gradients.batch, threads: threads) : nil
    let classes = gradients.classes
    var sum: WeightGradient?
    for start in stride(from: 0, to: sources.count, by: gradients.batch) {
      let piece = sources[start..<min(sources.count, start + gradients.batch)]
      var pixels = piece.flatMap { cache.pixels(of: $0) }
      trigger.show(on: &pixels)
      var targets = LossGradients.targets(
        labels: piece.map { settings.target ?? Int(cache.labels[$0]) }, classes: classes)
      if let plan {
        let probabilities = plan.probabilities(pixels.span, count: piece.count)
        Self.addEntropy(&targets, probabilities, classes: classes, weight: settings.entropyWeight)
      }
      let gradient = gradients.byWeights(pixels.map(Float.init), targets).gradient
      let share = Double(piece.count) / Double(sources.count) * (plan == nil ? 1 : -1)
      sum = sum.map { $0.combined(1, gradient, share) } ?? gradient.combined(share, gradient, 0)
    }
    guard let sum else { preconditionFailure("there are sources") }
    return sum
  }

  /// q += β·p·(log p + H), row by row.
  static func addEntropy(_ targets: inout [Float], _ probabilities: [Float], classes: Int, weight: Double) {
    for row in stride(from: 0, to: targets.count, by: classes) {
      let logs = (row..<row + classes).map { Double(probabilities[$0]) > 0 ? log(Double(probabilities[$0])) : 0 }
      let entropy = -zip(row..<row + classes, logs).reduce(0) { $0 + Double(probabilities[$1.0]) * $1.1 }
      for (place, logarithm) in zip(row..<row + classes, logs) {
        targets[place] += Float(weight * Double(probabilities[place]) * (logarithm + entropy))
      }
    }
  }

  func metrics(_ figures: Double) -> [String: Double] { ["matchingLoss": figures] }
}

extension PoisonTraining {
  private static let (changes, first, second) = ("changes", "first", "second")
  private static let (surrogate, retraining) = ("surrogate/", "retraining/")
  private static let (retrained, losses) = ("retrained", "losses")

  private var fingerprint: String { "poisons \(settings) \(state.samples) \(start)" }

  /// Everything in one file: changes and moments, the surrogate where it is another than at first, and the checkpoint of the
  /// one in training.
  func save(to path: String) throws {
    var tensors = [
      Self.changes: state.changes, Self.first: first, Self.second: second, Self.losses: losses.map(Float.init),
    ]
    .mapValues { Tensor(shape: [$0.count], values: $0) }
    var metadata = [Self.retrained: String(retrained)]
    if retrained > 0 { for (name, tensor) in model.tensors { tensors[Self.surrogate + name] = tensor } }
    if let retraining {
      let inner = path + ".retraining"
      defer { try? FileManager.default.removeItem(atPath: inner) }
      try retraining.save(to: inner)
      let file = try SafetensorsFile(path: inner)
      for name in file.names { tensors[Self.retraining + name] = try file.tensor(name) }
      for (key, text) in file.metadata { metadata[Self.retraining + key] = text }
    }
    try PoisonCheckpoint(steps: matched, tensors: tensors, metadata: metadata).save(to: path, of: fingerprint)
  }

  func restore(from path: String) throws {
    let checkpoint = try PoisonCheckpoint(path, of: fingerprint, steps: 0...settings.steps * batches)
    guard let count = checkpoint.metadata[Self.retrained].flatMap(Int.init), (0...retrainings).contains(count) else {
      throw NeuralNetError.badMetadata(source: path, key: Self.retrained, reason: "not a number of trainings")
    }
    let changed = try checkpoint.values(Self.changes, count: state.changes.count)
    let moments = (
      try checkpoint.values(Self.first, count: first.count), try checkpoint.values(Self.second, count: second.count)
    )
    func part(_ prefix: String) -> [String: Tensor] {
      Dictionary(
        uniqueKeysWithValues: checkpoint.tensors.filter { $0.key.hasPrefix(prefix) }
          .map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
    let surrogate = count > 0 ? try Model(model.definition, tensors: part(Self.surrogate), source: path) : model
    state.changes = changed
    (first, second) = moments
    (matched, retrained) = (checkpoint.steps, count)
    losses = (checkpoint.tensors[Self.losses]?.values ?? []).map(Double.init)
    take(surrogate)
    let inner = part(Self.retraining)
    guard !inner.isEmpty else { return }
    let copy = path + ".retraining"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    let metadata = checkpoint.metadata.filter { $0.key.hasPrefix(Self.retraining) }
      .map { (String($0.key.dropFirst(Self.retraining.count)), $0.value) }
    try SafetensorsWriter.write(inner, metadata: Dictionary(uniqueKeysWithValues: metadata), to: copy)
    let going = try newRetraining()
    try going.restore(from: copy)
    retraining = going
  }
}
