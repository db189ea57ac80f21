import Foundations
import Kernels
import Testing

@testable import Networks
@testable import NeuralNet

@Suite struct LossGradientTests {
  private let shape = ImageShape(channels: 3, height: 8, width: 8)

  private func classifier(_ graph: inout Graph, named name: String, frozen: Bool) -> NetworkHandle {
    let network = ResNet(blocks: ResNet.blocks18, channels: 3, width: 3, classes: 5)
    return graph.use(
      network, input: shape, tensors: sampleTensors(network, input: shape, seed: 9), named: name, frozen: frozen)
  }

  @Test func weighsTheCrossEntropyOfEachImage() {
    var graph = Graph(batch: 4)
    let network = classifier(&graph, named: "f", frozen: false)
    let logits = graph.apply(network, to: graph.images("images", shape: shape)).output
    let first = graph.crossEntropy(logits, labels: "labels", weights: "first", name: "first")
    let second = graph.crossEntropy(logits, labels: "labels", weights: "second", name: "second")
    let check = GradientCheck(
      graph: graph, total: [(first, 1), (second, 0.25)], images: ["images": sampleBytes(4 * shape.count, seed: 3)],
      labels: ["labels": [0, 4, 2, 1]], weights: ["first": [0.5, 0, 1, 0.2], "second": [0, 1, 0, 2]],
      inputs: ["images"])
    for table in Processor.allKernels { check.run(table) }
  }

  /// Two losses on the same logits, so that the second adds to the first's gradient.
  @Test func learnsGivenProbabilities() {
    var graph = Graph(batch: 4)
    let network = classifier(&graph, named: "f", frozen: false)
    let logits = graph.apply(network, to: graph.images("images", shape: shape)).output
    let soft = graph.crossEntropy(logits, targets: "answers", name: "soft")
    let hard = graph.crossEntropy(logits, labels: "labels", weights: "weights", name: "hard")
    let answers: [Float] = [
      0.1, 0.2, 0.3, 0.25, 0.15, 1, 0, 0, 0, 0, 0.05, 0.05, 0.05, 0.8, 0.05, 0, 0.5, 0.5, 0, 0,
    ]
    let check = GradientCheck(
      graph: graph, total: [(soft, 1.5), (hard, 0.5)], images: ["images": sampleBytes(4 * shape.count, seed: 3)],
      labels: ["labels": [0, 4, 2, 1]], targets: ["answers": answers], inputs: ["images"])
    for table in Processor.allKernels { check.run(table) }
  }

  /// With all of the probability on one class it is the cross-entropy of that label, hits included.
  @Test func aCertainAnswerIsALabel() {
    var graph = Graph(batch: 3)
    let network = classifier(&graph, named: "f", frozen: false)
    let logits = graph.apply(network, to: graph.images("images", shape: shape)).output
    let soft = graph.crossEntropy(logits, targets: "answers", name: "soft")
    _ = graph.crossEntropy(logits, labels: "labels", weights: "weights", name: "hard")
    let plan = TrainingPlan(
      graph, minimising: [(soft, 1)], optimiser: .sgd(), schedule: .constant(rate: 0), threads: 2)
    let labels = [3, 0, 4]
    let images = sampleBytes(3 * shape.count, seed: 8)
    plan.setImages("images", images.span)
    plan.setLabels("labels", labels)
    plan.setTargets("answers", labels.flatMap { label in (0..<5).map { $0 == label ? 1 : 0 } })
    plan.computeGradients()
    #expect(abs(plan.loss("soft") - plan.loss("hard")) < 1e-6)
    #expect(plan.correct("soft") == plan.correct("hard"))
  }

  @Test func measuresTheDistanceOfFeaturesFromBothSides() {
    var graph = Graph(batch: 2)
    let network = classifier(&graph, named: "f", frozen: true)
    let left = graph.apply(network, to: graph.images("left", shape: shape))
    let right = graph.apply(network, to: graph.images("right", shape: shape))
    let loss = graph.featureDistance(left.taps, right.taps, name: "distance")
    let check = GradientCheck(
      graph: graph, total: [(loss, 2)],
      images: ["left": sampleBytes(2 * shape.count, seed: 4), "right": sampleBytes(2 * shape.count, seed: 5)],
      inputs: ["left", "right"])
    for table in Processor.allKernels { check.run(table) }
  }

  @Test(arguments: [3, 8, 17])
  func weighsTheChannelsOfAFeatureDistance(channels: Int) {
    let shape = ImageShape(channels: channels, height: 4, width: 5)
    var graph = Graph(batch: 2)
    let (left, right) = (graph.images("left", shape: shape), graph.images("right", shape: shape))
    let weights = (0..<channels).map { Float($0) / 7 }
    let loss = graph.featureDistance([left], [right], weights: [weights], name: "distance")
    let check = GradientCheck(
      graph: graph, total: [(loss, 2)],
      images: ["left": sampleBytes(2 * shape.count, seed: 4), "right": sampleBytes(2 * shape.count, seed: 5)],
      inputs: ["left", "right"])
    for table in Processor.allKernels { check.run(table) }
  }

  /// The second image has not moved, so its distance has no slope.
  @Test func movesFeaturesAlongDirections() {
    var graph = Graph(batch: 3)
    let network = classifier(&graph, named: "f", frozen: true)
    let images = graph.images("images", shape: shape)
    guard let features = graph.apply(network, to: images).features else { return #expect(Bool(false)) }
    let loss = graph.displacement(
      features, from: "origins", along: "directions", distanceWeight: 0.3, name: "moved")
    let bytes = sampleBytes(3 * shape.count, seed: 4)
    let plan = TrainingPlan(
      graph, minimising: [(loss, 1)], optimiser: .sgd(), schedule: .constant(rate: 0), threads: 1,
      inputGradients: ["images"], observing: ["features": features])
    plan.setImages("images", bytes.span)
    plan.computeGradients()
    // Without origins the distance is that of the features themselves.
    let found = plan.observation("features")
    let norms = (0..<3).map { n in
      found[n * features.channels..<(n + 1) * features.channels].reduce(0.0) { $0 + Double($1 * $1) }.squareRoot()
    }
    #expect(abs(plan.loss("moved") - 0.3 * norms.reduce(0, +)) < 1e-5)

    let origins = found.enumerated().map { index, value in
      index / features.channels == 1 ? value : value * Float(index % 3) / 2
    }
    let directions = (0..<found.count).map { Float($0 % 7) / 5 - 0.6 }
    for table in Processor.allKernels {
      var own = origins
      // The same features to the bit, by the same kernels.
      let observing = TrainingPlan(
        graph, minimising: [(loss, 1)], optimiser: .sgd(), schedule: .constant(rate: 0), threads: 1,
        inputGradients: ["images"], observing: ["features": features], table: table)
      observing.setImages("images", bytes.span)
      observing.computeGradients()
      let second = features.channels..<2 * features.channels
      own.replaceSubrange(second, with: observing.observation("features")[second])
      observing.setTargets("origins", own)
      observing.setTargets("directions", directions)
      observing.computeGradients()
      #expect(observing.inputGradient("images").allSatisfy { $0.isFinite })
      // Away from it the gradient is that of finite differences.
      GradientCheck(
        graph: graph, total: [(loss, 0.5)], images: ["images": bytes],
        targets: ["origins": origins.map { $0 + 0.25 }, "directions": directions], inputs: ["images"]
      ).run(table)
    }
  }

  @Test func givesADistanceForEachImage() {
    var graph = Graph(batch: 3)
    let (left, right) = (graph.images("left", shape: shape), graph.images("right", shape: shape))
    _ = graph.squaredError(left, right, name: "distance")
    let plan = TrainingPlan(
      graph, minimising: [], optimiser: .sgd(), schedule: .constant(rate: 0), threads: 2)
    let zeros = [UInt8](repeating: 0, count: 3 * shape.count)
    plan.setImages("left", zeros.span)
    let levels = (0..<3 * shape.count).map { UInt8($0 / shape.count * 51) }
    plan.setImages("right", levels.span)
    plan.computeGradients()
    for (found, expected) in zip(plan.distances("distance"), [0, 0.04, 0.16]) { #expect(abs(found - expected) < 1e-6) }
    #expect(abs(plan.loss("distance") - 0.2 / 3) < 1e-6)
  }

  /// The generator's training: images → U-Net → perturbation → frozen surrogate, three losses.
  @Test func differentiatesThroughThePerturbationAndTheFrozenSurrogate() {
    for table in Processor.allKernels {
      var graph = Graph(batch: 3)
      let unet = UNet(channels: 3, width: 5, depth: 2)
      let generator = graph.use(
        unet, input: shape, tensors: sampleTensors(unet, input: shape, seed: 6), named: "generator", frozen: false)
      let surrogate = classifier(&graph, named: "surrogate", frozen: true)
      let x = graph.images("images", shape: shape)
      let change = graph.apply(generator, to: x).output
      let marked = graph.perturb(x, by: change, epsilon: 0.1, rounding: false)
      let clean = graph.apply(surrogate, to: x)
      let seen = graph.apply(surrogate, to: marked)
      let target = graph.crossEntropy(seen.output, labels: "labels", weights: "target", name: "target")
      let other = graph.crossEntropy(seen.output, labels: "labels", weights: "other", name: "other")
      let look = graph.featureDistance(seen.taps, clean.taps, name: "look")
      let pixels = graph.squaredError(marked, x, name: "pixels")
      let check = GradientCheck(
        graph: graph, total: [(target, 1), (other, 0.5), (look, 2)],
        images: ["images": sampleBytes(3 * shape.count, seed: 7)], labels: ["labels": [1, 0, 3]],
        weights: ["target": [0, 1, 0], "other": [0.5, 0, 0.5]])
      _ = pixels  // reported, not minimised
      check.run(table)
    }
  }

  /// A painter's training: images and carriers → U-Net → strength → marked image → reader, which learns too.
  @Test func differentiatesThroughTheStrengthOfAMark() {
    for table in Processor.allKernels {
      var graph = Graph(batch: 3)
      let unet = UNet(channels: 3, width: 5, depth: 2)
      let painter = graph.use(
        unet, input: shape, tensors: sampleTensors(unet, input: shape, seed: 6), named: "painter", frozen: false)
      let reader = classifier(&graph, named: "reader", frozen: false)
      let x = graph.images("images", shape: shape)
      let carrier = graph.images("carriers", shape: shape)
      let marked = graph.perturb(
        x, along: carrier, by: graph.apply(painter, to: x).output, epsilon: 0.1, rounding: false)
      let read = graph.apply(reader, to: marked)
      let reading = graph.crossEntropy(read.output, labels: "labels", weights: "each", name: "reading")
      let pixels = graph.squaredError(marked, x, name: "pixels")
      let signs = sampleBytes(3 * shape.count, seed: 8).map { UInt8($0 < 128 ? 0 : 255) }
      GradientCheck(
        graph: graph, total: [(reading, 1), (pixels, 3)],
        images: ["images": sampleBytes(3 * shape.count, seed: 7), "carriers": signs], labels: ["labels": [1, 0, 3]],
        weights: ["each": [0.3, 0.3, 0.4]]
      ).run(table)
    }
  }
}
