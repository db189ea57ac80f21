import CAllocationCounter
import Foundation
import Foundations
import Synchronization
import Testing

@testable import Networks
@testable import NeuralNet

/// Steps of plans against a counter under the whole program's allocator. The counter is one for the process, so the
/// tests that use it take turns.
@Suite(.serialized, .enabled(if: allocation_counter_works(), "the C library's allocator cannot be wrapped"))
struct AllocationTests {
  private let shape = ImageShape(channels: 3, height: 16, width: 16)

  /// Counts what the threads of a pool allocate while `body` runs for the second time. Other tests run beside this one,
  /// so only these threads are counted.
  private func allocations(on pool: ThreadPool, during body: () -> Void) -> Int {
    body()
    watch(true, on: pool)
    allocation_counter_reset()
    body()
    let count = allocation_counter_count()
    watch(false, on: pool)
    return count
  }

  private func watch(_ isWatched: Bool, on pool: ThreadPool) {
    // Each unit waits until all others have begun, so every thread of the pool has exactly one.
    let begun = Mutex(0)
    let work = Work(units: pool.threads) { range in
      for _ in range {
        allocation_counter_watch(isWatched)
        begun.withLock { $0 += 1 }
        while begun.withLock({ $0 }) < pool.threads { sched_yield() }
      }
    }
    pool.run(work)
  }

  @Test(arguments: [1, 3])
  func countsWhatIsAllocated(threads: Int) {
    let pool = ThreadPool(threads: threads)
    let work = Work(units: 12) { range in
      for unit in range { withExtendedLifetime(AlignedMemory<Float>(count: unit)) {} }
    }
    // A block in each of twelve units; its owner may live on the stack.
    #expect(allocations(on: pool) { pool.run(work) } >= 12)
  }

  @Test(arguments: [1, 3], [OptimiserKind.adam(), .sgd(momentum: 0.9)])
  func allocatesNothingInATrainingStep(threads: Int, optimiser: OptimiserKind) throws {
    var graph = Graph(batch: 4)
    let unet = NetworkDefinition(architecture: "unet", width: 8, depth: 2, input: shape, classes: 0)
    let resnet = NetworkDefinition(architecture: "resnet18", width: 4, input: shape, classes: 4)
    let cnn = NetworkDefinition(architecture: "cnn", width: 4, input: shape, classes: 4)
    let generator = try graph.use(Model(unet, seed: 1), named: "generator", frozen: false)
    let surrogate = try graph.use(Model(resnet, seed: 2), named: "surrogate", frozen: true)
    let learner = try graph.use(Model(cnn, seed: 3), named: "learner", frozen: false)
    let x = graph.images("images", shape: shape)
    let marked = graph.perturb(x, by: graph.apply(generator, to: x).output, epsilon: 8 / 255)
    let (clean, seen) = (graph.apply(surrogate, to: x), graph.apply(surrogate, to: marked))
    let learned = graph.apply(learner, to: marked)
    let losses = [
      graph.crossEntropy(seen.output, labels: "labels", weights: "weights", name: "target"),
      graph.crossEntropy(learned.output, labels: "labels", weights: "weights", name: "learned"),
      graph.featureDistance(seen.taps, clean.taps, name: "look"), graph.squaredError(marked, x, name: "pixels"),
    ]
    let plan = TrainingPlan(
      graph, minimising: losses.map { ($0, 1) }, optimiser: optimiser, schedule: .oneCycle(peak: 0.01, steps: 100),
      threads: threads)
    let bytes = sampleBytes(4 * shape.count, seed: 1)
    let labels = [0, 1, 2, 3]
    let counted = allocations(on: plan.pool) {
      plan.setImages("images", bytes.span)
      plan.setLabels("labels", labels)
      plan.step()
    }
    #expect(counted == 0)
  }

  @Test(arguments: [1, 3])
  func marksWithoutAllocating(threads: Int) throws {
    let unet = NetworkDefinition(architecture: "unet", width: 8, depth: 2, input: shape, classes: 0)
    let plan = try GeneratorPlan(Model(unet, seed: 1), epsilon: 8 / 255, batch: 12, threads: threads)
    let bytes = sampleBytes(12 * shape.count, seed: 1)
    var output = [UInt8](repeating: 0, count: bytes.count)
    let counted = allocations(on: plan.engine.pool) {
      var span = output.mutableSpan
      plan.mark(bytes.span, count: 12, into: &span)
    }
    #expect(counted == 0)
  }
}
