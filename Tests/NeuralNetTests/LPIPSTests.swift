import Foundation
import Foundations
import Kernels
import Testing

@testable import Networks
@testable import NeuralNet

/// LPIPS against the PyPI package with the same drawn weights, and bad files of weights.
@Suite final class LPIPSTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lpips-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private var trunkPath: String { folder.appendingPathComponent("trunk.safetensors").path }
  private var headsPath: String { folder.appendingPathComponent("heads.safetensors").path }

  /// The drawn weights of a trunk and its heads.
  private func weights(_ trunk: LPIPS.Trunk) -> (trunk: [String: Tensor], heads: [String: Tensor]) {
    let declarations = Graph.declarations(
      of: LPIPSNetwork(trunk: trunk), input: ImageShape(channels: 3, height: 64, width: 64))
    var tensors: [String: Tensor] = [:]
    for declaration in declarations {
      let shape = declaration.shape
      let centred = GoldenNumbers.uniform(declaration.name, Tensor.count(of: shape)).map { 2 * $0 - 1 }
      let scale = shape.count == 1 ? 0.25 : (6 / Double(Tensor.count(of: Array(shape.dropFirst())))).squareRoot()
      tensors[declaration.name] = Tensor(shape: shape, values: centred.map { Float(Double($0) * scale) })
    }
    var heads: [String: Tensor] = [:]
    for (tap, channels) in trunk.channels.enumerated() {
      heads["lin\(tap).weight"] = Tensor(
        shape: [1, channels, 1, 1], values: GoldenNumbers.uniform("lin\(tap).weight", channels))
    }
    return (tensors, heads)
  }

  private func metric(
    _ trunk: LPIPS.Trunk, _ change: (inout [String: Tensor], inout [String: Tensor]) -> Void = { _, _ in }
  ) throws -> LPIPS {
    var (tensors, heads) = weights(trunk)
    change(&tensors, &heads)
    try SafetensorsWriter.write(tensors, to: trunkPath)
    try SafetensorsWriter.write(heads, metadata: ["source": "drawn"], to: headsPath)
    return try LPIPS(trunk: trunkPath, heads: headsPath)
  }

  /// The golden's cases, with the number of the drawn images.
  private static let cases = [
    "grey": (ImageShape(channels: 1, height: 28, width: 28), 3),
    "colour": (ImageShape(channels: 3, height: 32, width: 40), 2),
    "large": (ImageShape(channels: 3, height: 65, width: 70), 4),
  ]

  @Test(arguments: LPIPS.Trunk.allCases)
  func agreesWithThePackage(trunk: LPIPS.Trunk) throws {
    let metric = try metric(trunk)
    #expect(metric.trunk == trunk)
    let golden = try SafetensorsFile(path: GoldenNumbers.url("lpips", "safetensors").path)
    for table in Processor.allKernels {
      for (name, (shape, draw)) in Self.cases {
        var graph = Graph(batch: 2)
        let images = (graph.images("left", shape: shape), graph.images("right", shape: shape))
        let loss = try graph.lpips(metric, images.0, images.1, name: "lpips")
        let plan = TrainingPlan(
          graph, minimising: [(loss, 1)], optimiser: .sgd(), schedule: .constant(rate: 0), threads: 2,
          inputGradients: ["right"], table: table)
        for side in ["left", "right"] {
          plan.setImages(side, GoldenNumbers.images("\(side) \(draw)", 2 * shape.count).span)
        }
        plan.poison(.nan)
        plan.computeGradients()
        let key = "\(trunk.rawValue)/\(name)"
        let expected = try golden.tensor(key).values.map(Double.init)
        for (found, expected) in zip(plan.distances("lpips"), expected) {
          #expect(abs(found / expected - 1) < 1e-4, "\(table.name) \(key): \(found), expected \(expected)")
        }
        let gradient = plan.inputGradient("right")
        let kept = stride(from: 0, to: gradient.count, by: GoldenNumbers.stride).map { Double(gradient[$0]) }
        let slopes = try golden.tensor("\(key)/gradient").values.map(Double.init)
        let scale = slopes.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let error = relativeError(kept.map { $0 / scale }, slopes.map { $0 / scale })
        // Rounding can turn one of VGG's million ReLUs and maxima the other way, which changes the gradient by a step:
        // PyTorch's own Float32 errs by up to 3e-3 on such images. Most elements stay close even then.
        let isSmooth = trunk != .vgg16
        #expect(error < (isSmooth ? 1e-4 : 2e-2), "\(table.name) \(key): relative error \(error) of the gradient")
        let typical = scale / Double(slopes.count).squareRoot()
        let close = zip(kept, slopes).count { abs($0 - $1) < 1e-3 * max(typical, abs($1)) }
        #expect(Double(close) > 0.9 * Double(slopes.count), "\(table.name) \(key): \(close) of \(slopes.count) agree")
        let norm = Double(try golden.tensor("\(key)/norm").values[0])
        let squares = gradient.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(
          abs(squares / norm - 1) < (isSmooth ? 2e-4 : 4e-2),
          "\(table.name) \(key): sum of squares \(squares), expected \(norm)")
      }
    }
  }

  @Test func measuresAnyNumberOfPairs() throws {
    let metric = try metric(.squeezeNet)
    let shape = ImageShape(channels: 1, height: 9, width: 12)
    let plan = try PerceptualPlan(metric, shape: shape, batch: 3, threads: 2)
    let (left, right) = (sampleBytes(7 * shape.count, seed: 1), sampleBytes(7 * shape.count, seed: 2))
    let distances = plan.distances(left.span, right.span, count: 7)
    #expect(distances.count == 7 && distances.allSatisfy { $0 > 0 })
    for index in 0..<7 {
      let range = index * shape.count..<(index + 1) * shape.count
      let (a, b) = (Array(left[range]), Array(right[range]))
      let (apart, same) = (plan.distances(a.span, b.span, count: 1), plan.distances(a.span, a.span, count: 1))
      #expect(apart == [distances[index]] && same == [0])
    }
    let nothing: [UInt8] = []
    let none = plan.distances(nothing.span, nothing.span, count: 0)
    #expect(none.isEmpty)
  }

  @Test func bringsSmallImagesToSixtyFourPixels() {
    func size(_ height: Int, _ width: Int) -> [Int] {
      let size = LPIPS.size(of: ImageShape(channels: 3, height: height, width: width))
      return [size.height, size.width]
    }
    #expect(size(32, 32) == [64, 64])
    #expect(size(28, 30) == [64, 69])
    #expect(size(64, 100) == [64, 100])
    #expect(size(200, 50) == [256, 64])
    #expect(size(1, 3) == [64, 192])
  }

  @Test func comparesOnlyGreyAndColour() throws {
    let metric = try metric(.squeezeNet)
    #expect(throws: NeuralNetError.self) {
      try PerceptualPlan(metric, shape: ImageShape(channels: 2, height: 64, width: 64), batch: 1, threads: 1)
    }
  }

  @Test func theFingerprintFollowsTheWeights() throws {
    let first = try metric(.squeezeNet).fingerprint
    #expect(try metric(.squeezeNet).fingerprint == first)
    #expect(try metric(.squeezeNet) { $1["lin3.weight"]?.values[7] += 0.5 }.fingerprint != first)
    #expect(try metric(.squeezeNet) { tensors, _ in tensors["features.0.bias"]?.values[0] += 0.5 }.fingerprint != first)
  }

  @Test func readsNoClassifier() throws {
    let metric = try metric(.squeezeNet) { tensors, _ in
      tensors["classifier.1.weight"] = Tensor(shape: [2, 512, 1, 1], repeating: .nan)
    }
    #expect(metric.tensors["classifier.1.weight"] == nil)
  }

  @Test func aCheckpointHoldsNoTrunk() throws {
    let metric = try metric(.squeezeNet)
    var graph = Graph(batch: 1)
    let shape = ImageShape(channels: 3, height: 8, width: 8)
    let x = graph.images("images", shape: shape)
    let unet = NetworkDefinition(architecture: "unet", width: 2, depth: 1, input: shape, classes: 0)
    let generator = try graph.use(Model(unet, seed: 1), named: "generator", frozen: false)
    let marked = graph.perturb(x, by: graph.apply(generator, to: x).output, epsilon: 0.1)
    let loss = try graph.lpips(metric, marked, x, name: "lpips")
    func plan() -> TrainingPlan {
      let plan = TrainingPlan(
        graph, minimising: [(loss, 1)], optimiser: .adam(), schedule: .constant(rate: 1e-3), threads: 1)
      plan.setImages("images", sampleBytes(shape.count, seed: 3).span)
      return plan
    }
    let path = folder.appendingPathComponent("checkpoint").path
    let (first, second) = (plan(), plan())
    first.step()
    try first.save(to: path)
    let names = try SafetensorsFile(path: path).names
    #expect(names.allSatisfy { $0.contains("generator/") } && !names.isEmpty)
    _ = try second.restore(from: path)
    first.step()
    second.step()
    #expect(first.model("generator").tensors == second.model("generator").tensors)
    #expect(first.loss("lpips") == second.loss("lpips") && first.loss("lpips") > 0)
  }

  // MARK: Bad files

  private func error(
    _ change: (inout [String: Tensor], inout [String: Tensor]) -> Void
  ) throws -> NeuralNetError? {
    do {
      _ = try metric(.squeezeNet, change)
      return nil
    } catch let error as NeuralNetError {
      return error
    }
  }

  @Test func refusesAMissingWeight() throws {
    #expect(
      try error { tensors, _ in tensors["features.4.squeeze.bias"] = nil }
        == .missingTensor(source: trunkPath, tensor: "features.4.squeeze.bias", expected: [16]))
    #expect(
      try error { $1["lin2.weight"] = nil }
        == .missingTensor(source: headsPath, tensor: "lin2.weight", expected: [1, 256, 1, 1]))
    #expect(
      try error { $1 = [:] } == .missingTensor(source: headsPath, tensor: "lin0.weight", expected: [1, 64, 1, 1]))
  }

  @Test func refusesAnExtraWeight() throws {
    #expect(
      try error { tensors, _ in tensors["features.99.bias"] = Tensor(shape: [2], repeating: 0) }
        == .extraTensor(source: trunkPath, tensor: "features.99.bias", found: [2]))
    #expect(
      try error { $1["lin7.weight"] = Tensor(shape: [1, 2, 1, 1], repeating: 0) }
        == .extraTensor(source: headsPath, tensor: "lin7.weight", found: [1, 2, 1, 1]))
  }

  @Test func refusesAMisshapenWeight() throws {
    #expect(
      try error { tensors, _ in tensors["features.0.weight"] = Tensor(shape: [64, 1, 3, 3], repeating: 0) }
        == .misshapenTensor(
          source: trunkPath, tensor: "features.0.weight", expected: [64, 3, 3, 3], found: [64, 1, 3, 3]))
    #expect(
      try error { $1["lin0.weight"] = Tensor(shape: [64], repeating: 0) }
        == .misshapenTensor(source: headsPath, tensor: "lin0.weight", expected: [1, 64, 1, 1], found: [64]))
  }

  @Test func refusesAWeightThatIsNoNumberOrNegative() throws {
    #expect(
      try error { tensors, _ in tensors["features.0.bias"]?.values[5] = .nan }
        == .notFinite(source: trunkPath, tensor: "features.0.bias", index: 5))
    #expect(
      try error { $1["lin6.weight"]?.values[3] = .infinity }
        == .notFinite(source: headsPath, tensor: "lin6.weight", index: 3))
    #expect(
      try error { $1["lin6.weight"]?.values[3] = -0.25 }
        == .negative(source: headsPath, tensor: "lin6.weight", index: 3))
  }
}
