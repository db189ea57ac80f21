import Kernels
import Testing

@testable import NeuralNet

/// Compares a plan's losses, gradients and running statistics with the reference in Float64.
struct GradientCheck {
  var graph: Graph
  var total: [(loss: Loss, coefficient: Float)]
  var images: [String: [UInt8]]
  var labels: [String: [Int]] = [:]
  var weights: [String: [Float]] = [:]
  var targets: [String: [Float]] = [:]
  /// Images whose gradient is checked.
  var inputs: Set<String> = []

  /// Elements per tensor that are differentiated: enough to meet every block, tap and border.
  static let samples = 24
  /// Central differences in Float64 err by about h²·f‴ and 1e-16/h; both are far below Float32's rounding.
  static let step = 1e-5
  /// Sums of a few thousand Float32 products round to about √1000·6e-8 of their largest terms, and batch norm divides
  /// by standard deviations of down to a tenth; measured errors stay ten times below this.
  static let tolerance = 2e-4

  func run(_ table: KernelTable, threads: Int = 2, sourceLocation: SourceLocation = #_sourceLocation) {
    let plan = TrainingPlan(
      graph, minimising: total, optimiser: .sgd(), schedule: .constant(rate: 0), threads: threads,
      inputGradients: inputs, table: table)
    for (name, bytes) in images { plan.setImages(name, bytes.span) }
    for (name, values) in labels { plan.setLabels(name, values) }
    for (name, values) in weights { plan.setWeights(name, values) }
    for (name, values) in targets { plan.setTargets(name, values) }
    // Whatever a step does not write itself it would read as NaN.
    plan.poison(.nan)
    plan.computeGradients()

    var coefficients = [Double](repeating: 0, count: graph.losses.count)
    for (loss, coefficient) in total { coefficients[loss.index] = Double(coefficient) }
    var reference = ReferenceGraph(graph, images: images, coefficients: coefficients)
    reference.labels = labels
    reference.weights = weights.mapValues { $0.map(Double.init) }
    reference.targets = targets.mapValues { $0.map(Double.init) }
    let expected = reference.evaluate()
    for (index, loss) in graph.losses.enumerated() {
      expectClose([plan.loss(loss.name)], [expected.losses[index]], "loss \(loss.name)", sourceLocation)
    }
    checkStatistics(plan, expected, sourceLocation)
    for (index, network) in graph.networks.enumerated() where !network.isFrozen {
      for (name, gradient) in plan.gradients(of: network.name).sorted(by: { $0.key < $1.key }) {
        let kept = sampled(gradient.values.count)
        let slopes = kept.map { element in
          difference(&reference) { $0.tensors[index][name]?[element] += $1 }
        }
        expectClose(
          kept.map { Double(gradient.values[$0]) }, slopes, "\(table.name): ∂/∂\(network.name).\(name)", sourceLocation)
      }
    }
    for name in inputs.sorted() {
      let gradient = plan.inputGradient(name)
      let kept = sampled(gradient.count)
      let slopes = kept.map { element in difference(&reference) { $0.images[name]?[element] += $1 } }
      expectClose(kept.map { Double(gradient[$0]) }, slopes, "\(table.name): ∂/∂\(name)", sourceLocation)
    }
  }

  private func checkStatistics(
    _ plan: TrainingPlan, _ expected: ReferenceGraph.Evaluation, _ sourceLocation: SourceLocation
  ) {
    var running = graph.networks.map { $0.tensors.mapValues { $0.values.map(Double.init) } }
    for seen in expected.statistics {
      let variance = String(seen.name.dropLast("mean".count)) + "var"
      for (name, values) in [(seen.name, seen.mean), (variance, seen.unbiasedVariance)] {
        running[seen.network][name] = zip(running[seen.network][name] ?? [], values).map { $0 + 0.1 * ($1 - $0) }
      }
    }
    for seen in expected.statistics {
      let found = plan.stores[seen.network].tensors[seen.name]?.values.map(Double.init) ?? []
      expectClose(found, running[seen.network][seen.name] ?? [], "running \(seen.name)", sourceLocation)
      let variance = String(seen.name.dropLast("mean".count)) + "var"
      let foundVariance = plan.stores[seen.network].tensors[variance]?.values.map(Double.init) ?? []
      expectClose(foundVariance, running[seen.network][variance] ?? [], "running \(variance)", sourceLocation)
    }
  }

  /// Indices spread over a tensor by a stride that no extent divides.
  private func sampled(_ count: Int) -> [Int] {
    if count <= Self.samples { return Array(0..<count) }
    var indices: Set<Int> = []
    for k in 0..<Self.samples { indices.insert((k * 7919 + 13) % count) }
    return indices.sorted()
  }

  private func difference(
    _ reference: inout ReferenceGraph, _ move: (inout ReferenceGraph, Double) -> Void
  ) -> Double {
    var (up, down) = (reference, reference)
    move(&up, Self.step)
    move(&down, -Self.step)
    return (up.evaluate().total - down.evaluate().total) / (2 * Self.step)
  }

  private func expectClose(
    _ found: [Double], _ expected: [Double], _ what: String, _ sourceLocation: SourceLocation
  ) {
    let error = relativeError(found, expected)
    #expect(error < Self.tolerance, "\(what): relative error \(error)", sourceLocation: sourceLocation)
  }
}

/// ‖found − expected‖ / ‖expected‖; infinite where the counts differ or anything is not a number.
func relativeError(_ found: [Double], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  let difference = zip(found, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  // A gradient that is zero must be found as zero up to rounding of unit-sized terms.
  let size = max(expected.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-4)
  return difference.isNaN ? .infinity : difference / size
}
