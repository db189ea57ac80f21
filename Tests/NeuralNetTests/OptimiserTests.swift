import Foundations
import Kernels
import Testing

@testable import Networks
@testable import NeuralNet

/// Steps of a plan against the update rules of torch.optim, applied in Float64 to the plan's own gradients.
@Suite struct OptimiserTests {
  private let shape = ImageShape(channels: 3, height: 4, width: 4)

  private struct Moments {
    var first: [Double]
    var second: [Double]
  }

  private func update(
    _ weights: inout [Double], _ gradient: [Float], _ moments: inout Moments, _ kind: OptimiserKind, rate: Double,
    step: Int
  ) {
    for index in weights.indices {
      var g = Double(gradient[index])
      switch kind {
      case .adam(let beta1, let beta2, let epsilon, let weightDecay):
        let (b1, b2) = (Double(beta1), Double(beta2))
        g += Double(weightDecay) * weights[index]
        moments.first[index] = b1 * moments.first[index] + (1 - b1) * g
        moments.second[index] = b2 * moments.second[index] + (1 - b2) * g * g
        let (c1, c2) = (1 - power(b1, step), 1 - power(b2, step))
        let deviation = (moments.second[index] / c2).squareRoot() + Double(epsilon)
        weights[index] -= rate * moments.first[index] / c1 / deviation
      case .sgd(let momentum, let nesterov, let weightDecay):
        g += Double(weightDecay) * weights[index]
        moments.first[index] = Double(momentum) * moments.first[index] + g
        weights[index] -= rate * (nesterov ? g + Double(momentum) * moments.first[index] : moments.first[index])
      }
    }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { power, _ in power * base }
  }

  @Test(arguments: [
    OptimiserKind.adam(), .adam(beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weightDecay: 0.02), .sgd(),
    .sgd(momentum: 0.9), .sgd(momentum: 0.9, nesterov: true, weightDecay: 0.03), .sgd(weightDecay: 0.1),
  ])
  func followsTheRule(kind: OptimiserKind) throws {
    for table in Processor.allKernels {
      let network = BaselineCNN(input: shape, width: 3, classes: 4)
      var graph = Graph(batch: 2)
      let tensors = sampleTensors(network, input: shape, seed: 2)
      let handle = graph.use(network, input: shape, tensors: tensors, named: "f", frozen: false)
      let output = graph.apply(handle, to: graph.images("images", shape: shape)).output
      let loss = graph.crossEntropy(output, labels: "labels", weights: "weights", name: "loss")
      let schedule = Schedule.step(rate: 0.02, every: 2, factor: 0.5)
      let plan = TrainingPlan(
        graph, minimising: [(loss, 1)], optimiser: kind, schedule: schedule, threads: 2, table: table)
      plan.setImages("images", sampleBytes(2 * shape.count, seed: 1).span)
      plan.setLabels("labels", [3, 1])

      var expected = tensors.mapValues { $0.values.map(Double.init) }
      var moments = expected.mapValues { Moments(first: $0.map { _ in 0 }, second: $0.map { _ in 0 }) }
      for step in 1...5 {
        plan.step()
        for (name, gradient) in plan.gradients(of: "f") {
          var (weights, moment) = (try #require(expected[name]), try #require(moments[name]))
          let rate = Double(schedule.rate(at: step - 1))
          update(&weights, gradient.values, &moment, kind, rate: rate, step: step)
          (expected[name], moments[name]) = (weights, moment)
        }
      }
      for (name, tensor) in plan.stores[0].tensors {
        let start = try #require(tensors[name]).values.map(Double.init)
        let moved = zip(tensor.values, start).map { Double($0) - $1 }
        let shouldMove = zip(try #require(expected[name]), start).map { $0 - $1 }
        // Five roundings of the weights against a movement of about a tenth of them.
        let error = relativeError(moved, shouldMove)
        #expect(error < 2e-5, "\(table.name) \(name): relative error \(error)")
      }
    }
  }
}
