import Foundation
import Foundations
import Testing

@testable import Networks
@testable import NeuralNet

@Suite struct TrainingPlanTests {
  private let shape = ImageShape(channels: 3, height: 16, width: 16)

  /// The generator's training in small: U-Net, 8-bit rounding, frozen surrogate, three losses.
  private func generatorPlan(batch: Int = 8, threads: Int, optimiser: OptimiserKind = .adam()) throws -> TrainingPlan {
    var graph = Graph(batch: batch)
    let unet = NetworkDefinition(architecture: "unet", width: 4, depth: 2, input: shape, classes: 0)
    let resnet = NetworkDefinition(architecture: "resnet18", width: 4, input: shape, classes: 4)
    let generator = try graph.use(Model(unet, seed: 1), named: "generator", frozen: false)
    let surrogate = try graph.use(Model(resnet, seed: 2), named: "surrogate", frozen: true)
    let x = graph.images("images", shape: shape)
    let marked = graph.perturb(x, by: graph.apply(generator, to: x).output, epsilon: 16 / 255)
    let clean = graph.apply(surrogate, to: x)
    let seen = graph.apply(surrogate, to: marked)
    let target = graph.crossEntropy(seen.output, labels: "labels", weights: "target", name: "target")
    let other = graph.crossEntropy(seen.output, labels: "labels", weights: "other", name: "other")
    let look = graph.featureDistance(seen.taps, clean.taps, name: "look")
    let plan = TrainingPlan(
      graph, minimising: [(target, 1), (other, 1), (look, 0.1)], optimiser: optimiser,
      schedule: .cosine(rate: 1e-2, steps: 100), threads: threads, observing: ["marked": marked])
    return plan
  }

  private func feed(_ plan: TrainingPlan, step: Int, batch: Int = 8) {
    plan.setImages("images", sampleBytes(batch * shape.count, seed: UInt64(step % 3)).span)
    plan.setLabels("labels", (0..<batch).map { ($0 + step) % 4 })
    plan.setWeights("target", (0..<batch).map { $0 % 2 == 0 ? 0.25 : 0 })
    plan.setWeights("other", (0..<batch).map { $0 % 2 == 0 ? 0 : 0.25 })
  }

  private func state(_ plan: TrainingPlan) -> [[String: Tensor]] {
    plan.stores.flatMap { store in
      let moments = store.isTrained ? [store.firstMoment, store.secondMoment] : []
      return [store.tensors] + moments.map { store.weightTensors(in: $0) }
    }
  }

  @Test func lowersTheLossesOfAGenerator() throws {
    let plan = try generatorPlan(threads: 2)
    feed(plan, step: 0)
    plan.step()
    let first = (plan.total, plan.loss("target"), plan.loss("other"))
    for _ in 0..<100 { plan.step() }
    #expect(plan.total < 0.9 * first.0)
    #expect(plan.loss("target") < first.1)
    #expect(plan.loss("other") < first.2)
    // ε is exact on the 8-bit grid, in training too.
    let images = sampleBytes(8 * shape.count, seed: 0)
    let marked = plan.observation("marked").map { $0 * 255 }
    var largest: Float = 0
    for (byte, value) in zip(images, marked) {
      #expect(abs(value - value.rounded()) < 1e-3)
      largest = max(largest, abs(value - Float(byte)))
    }
    #expect(largest > 8 && largest < 16.01)
  }

  @Test func leavesAFrozenNetworkAsItIs() throws {
    let plan = try generatorPlan(threads: 1)
    let before = plan.model("surrogate").tensors
    feed(plan, step: 0)
    for _ in 0..<3 { plan.step() }
    #expect(plan.model("surrogate").tensors == before)
  }

  @Test func givesTheSameBitsForAnyNumberOfThreads() throws {
    let states = try [1, 2, 3, 5].map { threads in
      let plan = try generatorPlan(threads: threads)
      for step in 0..<4 {
        feed(plan, step: step)
        plan.step()
      }
      return state(plan)
    }
    for other in states.dropFirst() { #expect(other == states[0]) }
  }

  @Test func readsNothingThatAStepDoesNotWrite() throws {
    let (plain, poisoned) = (try generatorPlan(threads: 2), try generatorPlan(threads: 2))
    for step in 0..<3 {
      for plan in [plain, poisoned] { feed(plan, step: step) }
      poisoned.poison(.nan)
      plain.step()
      poisoned.step()
    }
    #expect(state(plain) == state(poisoned))
  }

  @Test(arguments: [OptimiserKind.adam(weightDecay: 1e-3), .sgd(momentum: 0.9, nesterov: true, weightDecay: 1e-3)])
  func resumesWithTheSameBits(optimiser: OptimiserKind) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("state-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let straight = try generatorPlan(threads: 2, optimiser: optimiser)
    for step in 0..<10 {
      feed(straight, step: step)
      straight.step()
    }
    var stream = RandomStream(seed: 77)
    _ = stream.next()
    let first = try generatorPlan(threads: 2, optimiser: optimiser)
    for step in 0..<5 {
      feed(first, step: step)
      first.step()
    }
    try first.save(to: path, metadata: ["order": stream.state])
    let second = try generatorPlan(threads: 3, optimiser: optimiser)
    let metadata = try second.restore(from: path)
    #expect(metadata["order"] == stream.state)
    #expect(second.stepsTaken == 5)
    for step in 5..<10 {
      feed(second, step: step)
      second.step()
    }
    #expect(state(second) == state(straight))
    #expect(second.total == straight.total)
  }

  @Test func refusesTheStateOfAnotherPlan() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("state-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let plan = try generatorPlan(threads: 1)
    let before = state(plan)
    let definition = NetworkDefinition(architecture: "resnet18", width: 3, input: shape, classes: 4)
    let other = try ClassifierTrainer(
      Model(definition, seed: 1), batch: 2, threads: 1, optimiser: .sgd(), schedule: .constant(rate: 0.1))
    try other.save(to: path)
    #expect(throws: NeuralNetError.self) { try plan.restore(from: path) }
    try Model(definition, seed: 1).save(to: path)
    #expect(
      throws: NeuralNetError.badMetadata(source: path, key: "training.steps", reason: "not a number of steps")
    ) { try plan.restore(from: path) }
    #expect(state(plan) == before)
  }

  @Test func learnsToClassify() throws {
    for architecture in ["resnet18", "cnn"] {
      let definition = NetworkDefinition(architecture: architecture, width: 4, input: shape, classes: 3)
      let trainer = try ClassifierTrainer(
        Model(definition, seed: 4), batch: 12, threads: 2, optimiser: .adam(),
        schedule: .constant(rate: 0.01))
      let labels = (0..<12).map { $0 % 3 }
      // A class is a brightness, under noise.
      let images = zip(sampleBytes(12 * shape.count, seed: 6), 0...).map { byte, index in
        UInt8(Int(byte) / 4 + 64 * labels[index / shape.count])
      }
      let first = trainer.step(images: images.span, labels: labels)
      for _ in 0..<60 { _ = trainer.step(images: images.span, labels: labels) }
      let last = trainer.step(images: images.span, labels: labels)
      #expect(last.loss < 0.3 * first.loss, "\(architecture): from \(first.loss) to \(last.loss)")
      #expect(last.correct == 12)
      let plan = try ClassifierPlan(trainer.model, batch: 12, threads: 2)
      #expect(plan.evaluate(images.span, labels: labels).correct >= 11)
    }
  }
}
