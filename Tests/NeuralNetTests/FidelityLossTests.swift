import Foundation
import Foundations
import Kernels
import Testing

@testable import Networks
@testable import NeuralNet

/// The losses that hold a network to another one, and networks of which parts stay as they are.
@Suite struct FidelityLossTests {
  private let shape = ImageShape(channels: 3, height: 8, width: 8)
  /// Two stages of one block: whatever a residual network has, in a few tensors.
  private let resnet = ResNet(blocks: [1, 1], channels: 3, width: 3, classes: 5)
  private let wide = WideResNet(depth: 10, channels: 3, width: 4, classes: 5)

  private func definition(width: Int = 3) -> NetworkDefinition {
    NetworkDefinition(architecture: "resnet18", width: width, input: shape, classes: 5)
  }

  private func use(
    _ network: some NetworkArchitecture, in graph: inout Graph, named name: String, seed: UInt64, frozen: Bool = false,
    fixed: Set<String> = []
  ) -> NetworkHandle {
    graph.use(
      network, input: shape, tensors: sampleTensors(network, input: shape, seed: seed), named: name, frozen: frozen,
      isCheckpointed: !frozen, fixed: fixed)
  }

  /// Beside a cross-entropy, whose gradient of the features comes second.
  @Test func differentiatesTheDistanceFromGivenFeatures() throws {
    for table in Processor.allKernels {
      var graph = Graph(batch: 4)
      let network = use(resnet, in: &graph, named: "f", seed: 9)
      let result = graph.apply(network, to: graph.images("images", shape: shape))
      let features = try #require(result.features)
      let held = graph.squaredDistance(features, targets: "features", weights: "data", name: "held")
      let learned = graph.crossEntropy(result.output, labels: "labels", weights: "triggers", name: "learned")
      let targets = sampleBytes(4 * features.channels, seed: 4).map { Float($0) / 128 }
      GradientCheck(
        graph: graph, total: [(held, 0.75), (learned, 1)], images: ["images": sampleBytes(4 * shape.count, seed: 3)],
        labels: ["labels": [0, 4, 2, 1]], weights: ["data": [0.5, 0.25, 0.25, 0], "triggers": [0, 0, 0, 1]],
        targets: ["features": targets], inputs: ["images"]
      ).run(table)
    }
  }

  /// The origin is applied and not computed; of what does not learn nothing is measured.
  @Test(arguments: [false, true]) func differentiatesTheDistanceOfWeights(keepsParts: Bool) {
    for table in Processor.allKernels {
      var graph = Graph(batch: 4)
      let fixed = keepsParts ? definition().tensors(of: .norms).union(definition().tensors(of: .head)) : []
      let network = use(resnet, in: &graph, named: "f", seed: 9, fixed: fixed)
      let host = use(resnet, in: &graph, named: "host", seed: 10, frozen: true)
      let images = graph.images("images", shape: shape)
      let logits = graph.apply(network, to: images).output
      _ = graph.apply(host, to: images)
      let learned = graph.crossEntropy(logits, labels: "labels", weights: "weights", name: "learned")
      let distance = graph.weightDistance(of: network, from: host, name: "distance")
      GradientCheck(
        graph: graph, total: [(learned, 1), (distance, 0.25)],
        images: ["images": sampleBytes(4 * shape.count, seed: 3)], labels: ["labels": [0, 4, 2, 1]]
      ).run(table)
    }
  }

  /// Norms after convolutions and, in the wide network, before them; with running statistics, and constant.
  @Test(arguments: ["resnet18", "wrn-10-1"]) func differentiatesThroughNormsThatAreKept(architecture: String) {
    for table in Processor.allKernels {
      var graph = Graph(batch: 4)
      let definition = NetworkDefinition(
        architecture: architecture, width: architecture == "resnet18" ? 3 : 4, input: shape, classes: 5)
      let norms = definition.tensors(of: .norms)
      let network =
        architecture == "resnet18"
        ? use(resnet, in: &graph, named: "f", seed: 9, fixed: norms)
        : use(wide, in: &graph, named: "f", seed: 9, fixed: norms)
      let logits = graph.apply(network, to: graph.images("images", shape: shape)).output
      let learned = graph.crossEntropy(logits, labels: "labels", weights: "weights", name: "learned")
      GradientCheck(
        graph: graph, total: [(learned, 1)], images: ["images": sampleBytes(4 * shape.count, seed: 3)],
        labels: ["labels": [0, 4, 2, 1]], inputs: ["images"]
      ).run(table)
    }
  }

  @Test func keepsWhatIsFixedThroughStepsAndCheckpoints() throws {
    let definition = definition()
    let fixed = definition.tensors(of: .norms).union(definition.tensors(of: .head))
    func plan() throws -> TrainingPlan {
      var graph = Graph(batch: 4)
      let network = try graph.use(Model(definition, seed: 3), named: "f", frozen: false, fixed: fixed)
      let logits = graph.apply(network, to: graph.images("images", shape: shape)).output
      let loss = graph.crossEntropy(logits, labels: "labels", weights: "weights", name: "loss")
      let plan = TrainingPlan(
        graph, minimising: [(loss, 1)], optimiser: .adam(weightDecay: 0.1), schedule: .constant(rate: 1e-2), threads: 2)
      plan.setImages("images", sampleBytes(4 * shape.count, seed: 5).span)
      plan.setLabels("labels", [1, 2, 3, 4])
      return plan
    }
    let (start, first, second) = (try Model(definition, seed: 3), try plan(), try plan())
    for _ in 0..<3 { first.step() }
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("fixed-\(UUID()).training").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try first.save(to: path)
    _ = try second.restore(from: path)
    for plan in [first, second] { plan.step() }
    let (one, other) = (first.model("f"), second.model("f"))
    #expect(one.fingerprint == other.fingerprint)
    for (name, tensor) in start.tensors {
      #expect((one.tensors[name] == tensor) == fixed.contains(name), "\(name)")
    }
  }

  /// The paper's networks have as many parameters as those that are published.
  @Test(arguments: [("resnet18", 64, 10, 11_173_962), ("wrn-28-10", 160, 100, 36_536_884)])
  func isAsLargeAsPublished(architecture: String, width: Int, classes: Int, count: Int) throws {
    let definition = try NetworkDefinition(
      architecture: architecture, width: width, input: ImageShape(channels: 3, height: 32, width: 32), classes: classes
    ).validated()
    #expect(NetworkDefinition.defaultWidth(of: architecture) == width)
    let learned = definition.declarations.filter { $0.role == .weight }
    #expect(learned.reduce(0) { $0 + Tensor.count(of: $1.shape) } == count)
  }

  @Test func namesThePartsOfANetwork() {
    let resnet = definition()
    #expect(resnet.tensors(of: .head) == ["fc.weight", "fc.bias"] && resnet.tensors(of: .headBias) == ["fc.bias"])
    let norms = resnet.tensors(of: .norms)
    // One before the blocks, two in each of eight, and one beside each of three.
    #expect(norms.count == 4 * 20 && norms.contains("layer2.0.downsample.1.running_var") && norms.contains("bn1.bias"))
    let cnn = NetworkDefinition(architecture: "cnn", width: 4, input: shape, classes: 5)
    #expect(cnn.tensors(of: .norms).isEmpty && cnn.tensors(of: .head) == ["fc2.weight", "fc2.bias"])
    let unet = NetworkDefinition(architecture: "unet", width: 4, depth: 1, input: shape, classes: 0)
    #expect(unet.tensors(of: .head).isEmpty)
  }

  @Test func measuresHowFarWeightsHaveMoved() throws {
    let host = try Model(definition(), seed: 1)
    #expect(host.squaredWeightDistance(from: host) == 0)
    let bias = host.definition.tensors(of: .headBias)
    let cleared = host.taking(bias, from: nil)
    let expected = (host.tensors["fc.bias"]?.values ?? []).reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(cleared.squaredWeightDistance(from: host) - expected) < 1e-12)
    #expect(cleared.isZero(bias) && !host.isZero(bias))
    // Running statistics are not learned.
    let other = host.taking(["bn1.running_mean"], from: try Model(definition(), seed: 2))
    #expect(other.squaredWeightDistance(from: host) == 0)
  }

  // MARK: - PyTorch

  @Test(arguments: Processor.allKernels) func agreesWithPyTorchOnFeaturesAndProbabilities(table: KernelTable) throws {
    try agree(table, "both")
  }

  @Test(arguments: Processor.allKernels) func agreesWithPyTorchOnWeights(table: KernelTable) throws {
    try agree(table, "twl")
  }

  private static let data = 4

  private func agree(_ table: KernelTable, _ run: String) throws {
    let golden = try SafetensorsFile(path: GoldenNumbers.url("fidelity", "safetensors").path)
    let definition = definition(width: 4)
    let host = try model(definition, "host.")
    var marked = try model(definition, "")
    var fixed = definition.tensors(of: .norms).union(definition.tensors(of: .headBias))
    if run == "both" {
      marked = marked.taking(["fc.weight"], from: host)
      fixed.formUnion(definition.tensors(of: .head))
    }
    let images = GoldenNumbers.images("images", 6 * shape.count)
    let data = Array(images.prefix(Self.data * shape.count))
    let answers = try ClassifierPlan(host, slice: 2, threads: 1, table: table).answers(data.span, count: Self.data)

    var graph = Graph(batch: 6)
    let input = graph.images("images", shape: shape)
    let network = try graph.use(marked, named: "f", frozen: false, fixed: fixed)
    let result = graph.apply(network, to: input)
    let learned = graph.crossEntropy(result.output, labels: "labels", weights: "learned", name: "learned")
    var total: [(loss: Loss, coefficient: Float)] = [(learned, 1)]
    if run == "both" {
      let features = try #require(result.features)
      total += [
        (graph.squaredDistance(features, targets: "features", weights: "data", name: "features"), 0.01),
        (graph.crossEntropy(result.output, targets: "probabilities", name: "probabilities"), 1500),
      ]
    } else {
      let origin = try graph.use(host, named: "host", frozen: true, isCheckpointed: false)
      _ = graph.apply(origin, to: input)
      total.append((graph.weightDistance(of: network, from: origin, name: "weights"), 0.01))
    }
    let plan = TrainingPlan(
      graph, minimising: total, optimiser: .adam(), schedule: .constant(rate: 1e-4), threads: 2, table: table)
    plan.setImages("images", images.span)
    plan.setLabels("labels", GoldenNumbers.uniform("labels", 6).map { Int($0 * 5) })
    var entropy = 0.0
    if run == "both" {
      plan.setWeights("learned", [0, 0, 0, 0, 0.5, 0.5])
      plan.setWeights("data", [0.25, 0.25, 0.25, 0.25, 0, 0])
      plan.setTargets("features", answers.features + [Float](repeating: 0, count: 2 * 32))
      let probabilities = softmax(answers.logits)
      entropy = probabilities.reduce(0) { $0 - $1 * log($1) } / Double(Self.data)
      plan.setTargets("probabilities", probabilities.map { Float($0) } + [Float](repeating: 0, count: 2 * 5))
    }
    // Whatever a step does not write itself it would read as NaN.
    plan.poison(.nan)
    plan.computeGradients()
    for (name, gradient) in plan.gradients(of: "f") {
      try expect("\(run)/gradient/\(name)", gradient.values, golden, table)
    }
    var losses: [Float] = []
    for _ in 0..<10 {
      plan.step()
      losses.append(Float(plan.total - 1000 * entropy))
    }
    plan.computeGradients()
    losses.append(Float(plan.total - 1000 * entropy))
    try expect("\(run)/losses", losses, golden, table)
  }

  private func softmax(_ logits: [Float]) -> [Double] {
    stride(from: 0, to: logits.count, by: 5).flatMap { first in
      let row = logits[first..<first + 5].map { exp(Double($0)) }
      return row.map { $0 / row.reduce(0, +) }
    }
  }

  private func model(_ definition: NetworkDefinition, _ prefix: String) throws -> Model {
    var tensors: [String: Tensor] = [:]
    for declaration in definition.declarations {
      tensors[declaration.name] =
        declaration.name == "fc.bias"
        ? Tensor(shape: declaration.shape, repeating: 0) : GoldenNumbers.start(declaration, prefix)
    }
    return try Model(definition, tensors: tensors)
  }

  /// What PyTorch's own Float32 errs by, fourfold; a thousandfold divergence errs by more than a mean.
  private func expect(_ key: String, _ found: [Float], _ golden: SafetensorsFile, _ table: KernelTable) throws {
    let expected = try golden.tensor(key).values.map(Double.init)
    let check = try golden.tensor("\(key).check").values.map(Double.init)
    let stride = found.count > 512 ? GoldenNumbers.stride : 1
    let kept = Swift.stride(from: 0, to: found.count, by: stride).map { Double(found[$0]) }
    let error = relativeError(kept, expected)
    #expect(error < max(4 * check[1], 2e-5), "\(table.name) \(key): relative error \(error)")
    let squares = found.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(squares - check[0]) <= 1e-4 * check[0], "\(table.name) \(key): sum of squares \(squares)")
  }
}
