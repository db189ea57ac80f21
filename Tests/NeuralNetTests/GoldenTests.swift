import Foundation
import Kernels
import Testing

@testable import NeuralNet

/// U-Net, ResNet-18 and the baseline CNN against PyTorch: output, losses, every gradient, ten steps of Adam.
///
/// Each tensor's tolerance is sixteen times what PyTorch's own Float32 run errs on it against Float64, and no less than
/// 2e-6 (sixteen roundings of 2⁻²³). Our sums take another order than PyTorch's, with errors of the same kind; measured
/// with SSE2 and AVX2 they reach 3.6 times PyTorch's, and the rest is room for other lanes.
@Suite struct GoldenTests {
  private static let share = 16.0
  private static let least = 2e-6
  private static let stride = 37
  private static let large = 2048

  @Test func agreesOnResNet18() throws {
    for table in Processor.allKernels {
      let shape = ImageShape(channels: 3, height: 16, width: 16)
      try check("resnet18", ResNet18(channels: 3, width: 8, classes: 10), shape, batch: 8, table) { output, graph in
        graph.crossEntropy(output, labels: "labels", weights: "weights", name: "loss")
      }
    }
  }

  @Test func agreesOnTheUNet() throws {
    for table in Processor.allKernels {
      let shape = ImageShape(channels: 3, height: 16, width: 16)
      try check("unet", UNet(channels: 3, width: 8, depth: 2), shape, batch: 2, table) { output, graph in
        graph.squaredError(output, graph.images("target", shape: shape), name: "loss")
      }
    }
  }

  @Test func agreesOnTheBaselineCNN() throws {
    for table in Processor.allKernels {
      let shape = ImageShape(channels: 1, height: 12, width: 12)
      try check("cnn", BaselineCNN(input: shape, width: 5, classes: 10), shape, batch: 4, table) { output, graph in
        graph.crossEntropy(output, labels: "labels", weights: "weights", name: "loss")
      }
    }
  }

  private func check(
    _ name: String, _ network: some NetworkArchitecture, _ shape: ImageShape, batch: Int, _ table: KernelTable,
    loss makeLoss: (Value, inout Graph) -> Loss
  ) throws {
    let golden = try Golden(name)
    let declarations = Graph.declarations(of: network, input: shape)
    var tensors: [String: Tensor] = [:]
    for declaration in declarations { tensors[declaration.name] = golden.start(declaration) }

    var graph = Graph(batch: batch)
    let handle = graph.use(network, input: shape, tensors: tensors, named: "network", frozen: false)
    let output = graph.apply(handle, to: graph.images("images", shape: shape)).output
    let loss = makeLoss(output, &graph)
    func plan() -> TrainingPlan {
      let plan = TrainingPlan(
        graph, minimising: [(loss, 1)], optimiser: .adam(), schedule: .constant(rate: 1e-3), threads: 2,
        inputGradients: ["images"], observing: ["output": output], table: table)
      for (images, bytes) in golden.images(of: graph) { plan.setImages(images, bytes.span) }
      if case .crossEntropy = graph.losses[loss.index].kind { plan.setLabels("labels", golden.labels(batch)) }
      return plan
    }

    let first = plan()
    first.computeGradients()
    try golden.expect("gradient/images", first.inputGradient("images"), table)
    for (parameter, gradient) in first.gradients(of: "network") {
      try golden.expect("gradient/\(parameter)", gradient.values, table)
    }
    try golden.expect("output", first.observation("output"), table)

    let trained = plan()
    var losses: [Float] = []
    for _ in 0..<10 {
      trained.step()
      losses.append(Float(trained.loss("loss")))
    }
    for declaration in declarations {
      let after = try #require(trained.stores[0].tensors[declaration.name])
      let start = golden.start(declaration)
      try golden.expect("after/\(declaration.name)", after.values, since: start.values, table)
    }
    trained.computeGradients()
    losses.append(Float(trained.loss("loss")))
    try golden.expect("losses", losses, table)
  }

  /// A golden file, and the numbers that both sides draw instead of storing them.
  private struct Golden {
    let file: SafetensorsFile
    private let seed: UInt64 = 20_261_121

    init(_ name: String) throws {
      let url = try #require(
        Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Goldens"))
      file = try SafetensorsFile(path: url.path)
    }

    /// SplitMix64 started at seed + FNV-1a(name), in [0, 1).
    private func uniform(_ name: String, _ count: Int) -> [Float] {
      var state: UInt64 = 0xcbf2_9ce4_8422_2325
      for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
      state &+= seed
      return (0..<count).map { _ in
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Float((z ^ (z >> 31)) >> 40) * 0x1p-24
      }
    }

    func images(of graph: Graph) -> [String: [UInt8]] {
      graph.makeImageMemory().reduce(into: [:]) { images, entry in
        images[entry.key] = uniform(entry.key, entry.value.count).map { UInt8($0 * 256) }
      }
    }

    func labels(_ count: Int) -> [Int] { uniform("labels", count).map { Int($0 * 10) } }

    func start(_ declaration: ParameterDeclaration) -> Tensor {
      let shape = declaration.shape
      if declaration.name.hasSuffix("running_mean") { return Tensor(shape: shape, repeating: 0) }
      if declaration.name.hasSuffix("running_var") { return Tensor(shape: shape, repeating: 1) }
      let centred = uniform(declaration.name, Tensor.count(of: shape)).map { 2 * $0 - 1 }
      if shape.count > 1 {
        let fanIn = Double(Tensor.count(of: Array(shape.dropFirst())))
        let exponent = -(log2(fanIn) / 2 - 0.5).rounded(.toNearestOrEven)
        return Tensor(shape: shape, values: centred.map { $0 * Float(pow(2, exponent)) })
      }
      if declaration.name.hasSuffix("bias") { return Tensor(shape: shape, values: centred.map { $0 * 0.25 }) }
      return Tensor(shape: shape, values: centred.map { 1 + $0 * 0.5 })
    }

    func expect(_ key: String, _ found: [Float], since start: [Float]? = nil, _ table: KernelTable) throws {
      let expected = try file.tensor(key).values.map(Double.init)
      let error = Double(try file.tensor("\(key).error").values[0])
      let norm = Double(try file.tensor("\(key).norm").values[0])
      let tolerance = max(GoldenTests.share * error, GoldenTests.least)
      let isThinned = found.count > GoldenTests.large
      let kept =
        isThinned ? Swift.stride(from: 0, to: found.count, by: GoldenTests.stride).map { $0 } : Array(found.indices)
      try #require(kept.count == expected.count, "\(key): \(kept.count) elements against \(expected.count)")
      let origin = kept.map { Double(start?[$0] ?? 0) }
      let relative = relativeError(
        zip(kept, origin).map { Double(found[$0]) - $1 }, zip(expected, origin).map { $0 - $1 })
      #expect(relative < tolerance, "\(table.name) \(key): relative error \(relative), tolerance \(tolerance)")
      // What thinning left out shows in the sum of squares, to the precision of the golden's Float32.
      let squares = found.reduce(0) { $0 + Double($1) * Double($1) }
      #expect(
        abs(squares - norm) <= max(2 * tolerance, 2e-6) * max(norm, 1e-12),
        "\(table.name) \(key): sum of squares \(squares), expected \(norm)")
    }
  }
}
