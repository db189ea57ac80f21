import Foundation
import Foundations
import Kernels
import Testing

@testable import Networks
@testable import NeuralNet

@Suite struct DropoutTests {
  private let shape = ImageShape(channels: 9, height: 7, width: 6)

  /// Images whose values are all 1, through dropout of 0.3, against zero images: an image's gradient shows the mask.
  private func plan(
    isFrozen: Bool = false, seed: UInt64 = 5, threads: Int = 2, table: KernelTable = Processor.kernels
  ) -> TrainingPlan {
    let network = ClosureNetwork { x, graph in graph.dropout(x, rate: 0.3) }
    var graph = Graph(batch: 4)
    let handle = graph.use(network, input: shape, tensors: [:], named: "drop", frozen: isFrozen)
    let y = graph.apply(handle, to: graph.images("images", shape: shape)).output
    let loss = graph.squaredError(y, graph.images("target", shape: shape), name: "loss")
    let plan = TrainingPlan(
      graph, minimising: [(loss, 1)], optimiser: .sgd(), schedule: .constant(rate: 0), threads: threads,
      inputGradients: ["images"], observing: ["output": y], seed: seed, table: table)
    let ones = [UInt8](repeating: 255, count: 4 * shape.count)
    plan.setImages("images", ones.span)
    let zeros = [UInt8](repeating: 0, count: ones.count)
    plan.setImages("target", zeros.span)
    plan.step()
    return plan
  }

  @Test func keepsTheExpectationAndDropsTheShareAskedFor() {
    let output = plan().observation("output")
    let dropped = output.count { $0 == 0 }
    // 1512 draws: the share's deviation is √(0.21/1512) = 1.2 %.
    #expect(abs(Double(dropped) / Double(output.count) - 0.3) < 0.05)
    #expect(output.allSatisfy { $0 == 0 || abs($0 - 1 / 0.7) < 1e-6 })
  }

  @Test func theGradientPassesWhereTheValueDid() {
    let plan = plan()
    let (output, gradient) = (plan.observation("output"), plan.inputGradient("images"))
    let scale = 2 / Double(output.count)
    for (y, g) in zip(output, gradient) {
      #expect(abs(Double(g) - scale * Double(y) * (y == 0 ? 0 : 1 / 0.7)) < 1e-8)
    }
  }

  @Test func dropsTheSameForTheSameSeedAndStepWhateverTheThreadsAndLanes() {
    let expected = plan().observation("output")
    for table in Processor.allKernels {
      for threads in [1, 3] { #expect(plan(threads: threads, table: table).observation("output") == expected) }
    }
    #expect(plan(seed: 6).observation("output") != expected)
    let next = plan()
    next.step()
    #expect(next.observation("output") != expected)
    // A training that is restored after a step goes on with that step's number.
    let restored = plan(seed: 5)
    restored.optimiser.steps = 0
    restored.step()
    #expect(restored.observation("output") == expected)
  }

  @Test func dropsNothingInANetworkThatDoesNotLearn() throws {
    let frozen = plan(isFrozen: true)
    #expect(frozen.observation("output").allSatisfy { $0 == 1 })
    #expect(frozen.inputGradient("images").allSatisfy { $0 > 0 })
    let definition = NetworkDefinition(
      architecture: "vgg16", width: 1, input: ImageShape(channels: 3, height: 32, width: 32), classes: 5,
      form: .imageNet)
    let plan = try ClassifierPlan(Model(definition, seed: 1), batch: 2, threads: 1)
    let bytes = sampleBytes(2 * 3 * 1024, seed: 1)
    let (first, second) = (plan.logits(bytes.span, count: 2), plan.logits(bytes.span, count: 2))
    #expect(first == second)
  }
}
