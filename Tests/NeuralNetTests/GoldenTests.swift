import Foundation
import Foundations
import Kernels
import Testing

@testable import Networks
@testable import NeuralNet

/// Every network against PyTorch: output, losses, every gradient, ten steps of Adam and ten of SGD.
///
/// Each tensor's tolerance is four times what the worst of PyTorch's own Float32 runs errs on it against Float64, from
/// weights that are off by sixteen roundings (see the script), and no less than 2e-6 (sixteen roundings of 2⁻²³). Our
/// sums take another order than PyTorch's, with errors of the same kind.
@Suite struct GoldenTests {
  private static let share = 4.0
  private static let least = 2e-6
  private static let large = 512
  private static let optimisers: [(name: String, kind: OptimiserKind, rate: Float)] = [
    ("adam", .adam(), 1e-3), ("sgd", .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4), 1e-3),
  ]

  @Test(arguments: Processor.allKernels)
  func agreesOnResNet18(table: KernelTable) throws {
    let network = ResNet(blocks: ResNet.blocks18, channels: 3, width: 8, classes: 10)
    try classify("resnet18", network, [8, 3, 16, 16], table)
  }

  @Test(arguments: Processor.allKernels)
  func agreesOnResNet34WithTheStemForImageNet(table: KernelTable) throws {
    let network = ResNet(blocks: ResNet.blocks34, channels: 3, width: 4, classes: 10, form: .imageNet)
    try classify("resnet34-imagenet", network, [8, 3, 64, 48], table)
  }

  @Test(arguments: Processor.allKernels)
  func agreesOnTheUNet(table: KernelTable) throws {
    try resemble("unet", UNet(channels: 3, width: 8, depth: 2), [2, 3, 16, 16], table)
  }

  @Test(arguments: Processor.allKernels)
  func agreesOnTheBaselineCNN(table: KernelTable) throws {
    let input = ImageShape(channels: 1, height: 12, width: 12)
    try classify("cnn", BaselineCNN(input: input, width: 5, classes: 10), [4, 1, 12, 12], table)
  }

  @Test(arguments: Processor.allKernels)
  func agreesOnVGG16WithTheHeadForImageNet(table: KernelTable) throws {
    let network = VGG(
      convolutions: VGG.convolutions16, channels: 3, width: 2, classes: 10, form: .imageNet, dropout: 0)
    try classify("vgg16-imagenet", network, [8, 3, 48, 64], table)
  }

  @Test(arguments: Processor.allKernels)
  func agreesOnVGG19(table: KernelTable) throws {
    let network = VGG(convolutions: VGG.convolutions19, channels: 3, width: 4, classes: 10)
    try classify("vgg19", network, [8, 3, 32, 32], table)
  }

  @Test(arguments: Processor.allKernels)
  func agreesOnAlexNet(table: KernelTable) throws {
    try classify("alexnet", AlexNet(channels: 3, width: 6, classes: 10), [4, 3, 32, 36], table)
  }

  @Test(arguments: Processor.allKernels)
  func agreesOnAlexNetWithTheLayersForImageNet(table: KernelTable) throws {
    let network = AlexNet(channels: 3, width: 4, classes: 10, form: .imageNet, dropout: 0)
    try classify("alexnet-imagenet", network, [4, 3, 71, 63], table)
  }

  @Test(arguments: Processor.allKernels)
  func agreesOnADenseNet(table: KernelTable) throws {
    let network = DenseNet(blocks: [2, 3, 2, 2], channels: 3, width: 16, classes: 10)
    try classify("densenet", network, [8, 3, 16, 16], table)
  }

  @Test(arguments: Processor.allKernels)
  func agreesOnADenseNetWithTheStemForImageNet(table: KernelTable) throws {
    let network = DenseNet(blocks: [3, 2, 2, 2], channels: 3, width: 6, classes: 10, form: .imageNet)
    try classify("densenet-imagenet", network, [8, 3, 64, 48], table)
  }

  @Test(arguments: Processor.allKernels)
  func agreesOnAWideResNet(table: KernelTable) throws {
    try classify("wrn", WideResNet(depth: 10, channels: 3, width: 8, classes: 10), [8, 3, 12, 16], table)
  }

  @Test(arguments: Processor.allKernels)
  func agreesOnTheTrunkOfSqueezeNet(table: KernelTable) throws {
    let network = ClosureNetwork { x, graph in SqueezeNetFeatures(width: 8)(x, in: &graph)[6] }
    try resemble("squeezenet", network, [2, 3, 37, 44], table)
  }

  private func classify(
    _ name: String, _ network: some NetworkArchitecture, _ shape: [Int], _ table: KernelTable
  ) throws {
    try check(name, network, shape, table) { output, graph in
      graph.crossEntropy(output, labels: "labels", weights: "weights", name: "loss")
    }
  }

  private func resemble(
    _ name: String, _ network: some NetworkArchitecture, _ shape: [Int], _ table: KernelTable
  ) throws {
    try check(name, network, shape, table) { output, graph in
      graph.squaredError(output, graph.images("target", shape: output.shape), name: "loss")
    }
  }

  private func check(
    _ name: String, _ network: some NetworkArchitecture, _ shape: [Int], _ table: KernelTable,
    loss makeLoss: (Value, inout Graph) -> Loss
  ) throws {
    let golden = try Golden(name)
    let input = ImageShape(channels: shape[1], height: shape[2], width: shape[3])
    let declarations = Graph.declarations(of: network, input: input)
    var tensors: [String: Tensor] = [:]
    for declaration in declarations { tensors[declaration.name] = golden.start(declaration) }

    var graph = Graph(batch: shape[0])
    let handle = graph.use(network, input: input, tensors: tensors, named: "network", frozen: false)
    let output = graph.apply(handle, to: graph.images("images", shape: input)).output
    let loss = makeLoss(output, &graph)
    func plan(_ optimiser: OptimiserKind, _ rate: Float) -> TrainingPlan {
      let plan = TrainingPlan(
        graph, minimising: [(loss, 1)], optimiser: optimiser, schedule: .constant(rate: rate), threads: 2,
        inputGradients: ["images"], observing: ["output": output], table: table)
      for (name, memory) in graph.makeImageMemory() {
        plan.setImages(name, GoldenNumbers.images(name, memory.count).span)
      }
      if case .crossEntropy = graph.losses[loss.index].kind {
        plan.setLabels("labels", GoldenNumbers.uniform("labels", shape[0]).map { Int($0 * 10) })
      }
      // Whatever a step does not write itself it would read as NaN.
      plan.poison(.nan)
      return plan
    }

    let first = plan(.sgd(), 0)
    first.computeGradients()
    try golden.expect("gradient/images", first.inputGradient("images"), table)
    for (parameter, gradient) in first.gradients(of: "network") {
      try golden.expect("gradient/\(parameter)", gradient.values, table)
    }
    try golden.expect("output", first.observation("output"), table)

    for optimiser in Self.optimisers {
      let trained = plan(optimiser.kind, optimiser.rate)
      var losses: [Float] = []
      for _ in 0..<10 {
        trained.step()
        losses.append(Float(trained.loss("loss")))
      }
      for declaration in declarations {
        let after = try #require(trained.stores[0].tensors[declaration.name])
        let start = golden.start(declaration)
        try golden.expect("\(optimiser.name)/\(declaration.name)", after.values, since: start.values, table)
      }
      trained.computeGradients()
      losses.append(Float(trained.loss("loss")))
      try golden.expect("\(optimiser.name)/losses", losses, table)
    }
  }

  /// A golden file, and the tensors that both sides start from.
  private struct Golden {
    let file: SafetensorsFile

    init(_ name: String) throws {
      file = try SafetensorsFile(path: GoldenNumbers.url(name, "safetensors").path)
    }

    func start(_ declaration: ParameterDeclaration) -> Tensor { GoldenNumbers.start(declaration) }

    func expect(_ key: String, _ found: [Float], since start: [Float]? = nil, _ table: KernelTable) throws {
      let expected = try file.tensor(key).values.map(Double.init)
      let check = try file.tensor("\(key).check").values.map(Double.init)
      let tolerance = max(GoldenTests.share * check[1], GoldenTests.least)
      let stride = found.count > GoldenTests.large ? GoldenNumbers.stride : 1
      let kept = Array(Swift.stride(from: 0, to: found.count, by: stride))
      try #require(kept.count == expected.count, "\(key): \(kept.count) elements against \(expected.count)")
      let origin = kept.map { Double(start?[$0] ?? 0) }
      let relative = relativeError(
        zip(kept, origin).map { Double(found[$0]) - $1 }, zip(expected, origin).map { $0 - $1 })
      #expect(relative < tolerance, "\(table.name) \(key): relative error \(relative), tolerance \(tolerance)")
      // What thinning left out shows in the sum of squares, to the precision of the golden's Float32.
      let squares = found.reduce(0) { $0 + Double($1) * Double($1) }
      #expect(
        abs(squares - check[0]) <= max(2 * tolerance, 2e-6) * max(check[0], 1e-12),
        "\(table.name) \(key): sum of squares \(squares), expected \(check[0])")
    }
  }
}
