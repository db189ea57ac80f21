import Foundation
import Foundations
import Kernels
import Testing

@testable import Networks
@testable import NeuralNet

@Suite struct InferenceTests {
  private let shape = ImageShape(channels: 3, height: 16, width: 16)

  private func unet(width: Int = 6) throws -> Model {
    let definition = NetworkDefinition(architecture: "unet", width: width, depth: 2, input: shape, classes: 0)
    return try Model(definition, trusted: sampleTensors(definition.validated().network, input: shape, seed: 3))
  }

  private func classifier(_ architecture: String) throws -> Model {
    let definition = NetworkDefinition(architecture: architecture, width: 6, input: shape, classes: 7)
    return try Model(definition, trusted: sampleTensors(definition.validated().network, input: shape, seed: 3))
  }

  @Test(arguments: ["resnet18", "cnn"])
  func agreesWithTheReference(architecture: String) throws {
    let model = try classifier(architecture)
    let images = sampleBytes(3 * shape.count, seed: 1)
    var graph = Graph(batch: 3)
    let handle = try graph.use(model, named: "f", frozen: true)
    let result = graph.apply(handle, to: graph.images("images", shape: shape))
    let expected = ReferenceGraph(graph, images: ["images": images], coefficients: []).evaluate()
    for table in Processor.allKernels {
      let plan = try ClassifierPlan(model, slice: 2, threads: 2, table: table)
      let logits = plan.logits(images.span, count: 3).map(Double.init)
      #expect(relativeError(logits, expected.values[result.output.index]) < 1e-4)
      let features = plan.features(images.span, count: 3).map(Double.init)
      let node = try #require(result.features).index
      #expect(relativeError(features, expected.values[node]) < 1e-4)
    }
  }

  @Test func givesAnImageTheSameBitsInAnyBatchSliceAndThread() throws {
    let model = try classifier("resnet18")
    let images = sampleBytes(11 * shape.count, seed: 2)
    let expected = try ClassifierPlan(model, slice: 1, threads: 1, table: Processor.kernels)
      .logits(images.span, count: 11)
    for (slice, threads) in [(4, 1), (3, 2), (4, 3), (16, 2)] {
      let plan = try ClassifierPlan(model, slice: slice, threads: threads, table: Processor.kernels)
      #expect(plan.logits(images.span, count: 11) == expected)
      let few = Array(images.prefix(2 * shape.count))
      #expect(plan.logits(few.span, count: 2) == Array(expected.prefix(14)))
    }
  }

  @Test func turnsLogitsIntoProbabilitiesAndLosses() throws {
    let plan = try ClassifierPlan(classifier("cnn"), batch: 4, threads: 1)
    let images = sampleBytes(4 * shape.count, seed: 9)
    let logits = plan.logits(images.span, count: 4).map(Double.init)
    let probabilities = plan.probabilities(images.span, count: 4).map(Double.init)
    let labels = [0, 6, 3, 2]
    var (loss, correct) = (0.0, 0)
    for n in 0..<4 {
      let row = logits[n * 7..<(n + 1) * 7]
      let sum = row.reduce(0) { $0 + exp($1) }
      for k in 0..<7 { #expect(abs(probabilities[n * 7 + k] - exp(logits[n * 7 + k]) / sum) < 1e-6) }
      loss -= log(exp(logits[n * 7 + labels[n]]) / sum) / 4
      if logits[n * 7 + labels[n]] == row.max() { correct += 1 }
    }
    let evaluation = plan.evaluate(images.span, labels: labels)
    #expect(abs(evaluation.loss - loss) < 1e-5)
    #expect(evaluation.correct == correct)
  }

  @Test func marksWithinEpsilonAndAsTheReferenceDoes() throws {
    let model = try unet()
    let images = sampleBytes(5 * shape.count, seed: 4)
    var graph = Graph(batch: 5)
    let handle = try graph.use(model, named: "g", frozen: true)
    let x = graph.images("images", shape: shape)
    let marked = graph.perturb(x, by: graph.apply(handle, to: x).output, epsilon: 8 / 255, rounding: false)
    let expected = ReferenceGraph(graph, images: ["images": images], coefficients: []).evaluate()
    for table in Processor.allKernels {
      let plan = try GeneratorPlan(model, epsilon: 8 / 255, slice: 2, threads: 2, table: table)
      let found = plan.mark(images, count: 5)
      #expect(zip(found, images).allSatisfy { abs(Int($0) - Int($1)) <= 8 })
      // The nearest byte, up to the rounding error at a half.
      let isNearest = zip(found, expected.values[marked.index]).allSatisfy { abs(Double($0) - 255 * $1) < 0.501 }
      #expect(isNearest)
      #expect(found != images)
    }
  }

  @Test func readsNothingThatItDoesNotWrite() throws {
    var graph = Graph(batch: 3)
    let handle = try graph.use(unet(width: 9), named: "g", frozen: true)
    let output = graph.apply(handle, to: graph.images("images", shape: shape)).output
    let engine = try InferenceEngine(graph, output: .floats([output]), threads: 2, table: Processor.kernels)
    let images = sampleBytes(8 * shape.count, seed: 5)
    func run() -> [Float] {
      var floats = [Float](repeating: 0, count: 8 * shape.count)
      floats.withUnsafeMutableBufferPointer { engine.run(images.span, count: 8, floats: [$0.baseAddress]) }
      return floats
    }
    let first = run()
    engine.poison(.nan)
    #expect(run() == first)
    #expect(first.allSatisfy { $0.isFinite })
  }

  @Test func takesOverNewTensors() throws {
    let images = sampleBytes(2 * shape.count, seed: 6)
    let (first, second) = (try classifier("resnet18"), try Model(classifier("resnet18").definition, seed: 8))
    let plan = try ClassifierPlan(first, batch: 2, threads: 1)
    let before = plan.logits(images.span, count: 2)
    plan.load(second)
    #expect(
      try plan.logits(images.span, count: 2)
        == ClassifierPlan(second, batch: 2, threads: 1).logits(images.span, count: 2))
    #expect(plan.logits(images.span, count: 2) != before)
    plan.load(first)
    #expect(plan.logits(images.span, count: 2) == before)
  }

  @Test func refusesToClassifyWithAGenerator() throws {
    #expect(throws: NeuralNetError.self) { try ClassifierPlan(unet(), batch: 1, threads: 1) }
    #expect(throws: NeuralNetError.self) { try GeneratorPlan(classifier("cnn"), epsilon: 0.1, batch: 1, threads: 1) }
  }
}
