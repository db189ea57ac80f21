import Archives
import Datasets
import Foundation
import Foundations
import Testing

@testable import Networks
@testable import NeuralNet
@testable import Watermarks

/// LPIPS as the generator's perceptual loss and as a measure of released pairs, with drawn weights.
@Suite final class PerceptualDistanceTests {
  private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("lpips-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// The smallest trunk, with weights of a seed.
  private func metric(seed: UInt64 = 1) throws -> LPIPS {
    let trunk = LPIPS.Trunk.squeezeNet
    let declarations = Graph.declarations(
      of: LPIPSNetwork(trunk: trunk), input: ImageShape(channels: 3, height: 64, width: 64))
    var tensors: [String: Tensor] = [:]
    for declaration in declarations {
      var stream = RandomStream(seed: seed, stream: declaration.name)
      let fan = Tensor.count(of: Array(declaration.shape.dropFirst()))
      let start = declaration.shape.count == 1 ? declaration.initialization : .kaimingNormal(fan: fan)
      tensors[declaration.name] = start.tensor(shape: declaration.shape, using: &stream)
    }
    var heads: [String: Tensor] = [:]
    for (tap, channels) in trunk.channels.enumerated() {
      var stream = RandomStream(seed: seed, stream: "head \(tap)")
      heads["lin\(tap).weight"] = Tensor(
        shape: [1, channels, 1, 1], values: (0..<channels).map { _ in stream.uniform() })
    }
    let paths = ["trunk", "heads"].map { directory.appendingPathComponent("\($0)-\(seed).safetensors").path }
    try SafetensorsWriter.write(tensors, to: paths[0])
    try SafetensorsWriter.write(heads, to: paths[1])
    return try LPIPS(trunk: paths[0], heads: paths[1])
  }

  private func samples() throws -> SampleCache {
    let archive = directory.appendingPathComponent("drawn.tar").path
    try DrawnDataset(seed: 4).writeCIFAR10(to: archive, container: .tar, perBatch: 20, test: 10)
    let survey = try DatasetSurvey(file: archive)
    return try SampleCache(survey, choose: { survey.splits[$0] == .train })
  }

  @Test func gathersDistancesOverBatches() throws {
    let shape = ImageShape(channels: 1, height: 20, width: 24)
    let distance = try PerceptualDistance(metric(), shape: shape, batch: 2, threads: 2)
    var stream = RandomStream(seed: 3)
    let originals = (0..<5 * shape.bytes).map { _ in UInt8(stream.below(200)) }
    // The third image is unchanged; the others' values change by 1, 2, 4 and 5 at random places.
    let marked = originals.enumerated().map { place, value in
      let image = place / shape.bytes
      return image == 2 || stream.below(2) == 0 ? value : value + UInt8(image + 1)
    }
    let first = distance.add(
      originals: Array(originals.prefix(2 * shape.bytes)), marked: Array(marked.prefix(2 * shape.bytes)), images: 2)
    let rest = distance.add(
      originals: Array(originals.dropFirst(2 * shape.bytes)), marked: Array(marked.dropFirst(2 * shape.bytes)),
      images: 3)
    let all = first + rest
    #expect(all[2] == 0)
    #expect(all[0] < all[1] && all[1] < all[3] && all[3] < all[4])
    let summary = distance.summary
    #expect(summary.images == 5 && summary.largest == all[4])
    #expect(abs(summary.mean - all.reduce(0, +) / 5) < 1e-12)
    #expect(summary.measure == "LPIPS v0.1" && summary.trunk == "squeezenet1_1" && summary.weights.count == 16)
    #expect(summary.isInterpolated && summary.comparedHeight == 64 && summary.comparedWidth == 77)
  }

  /// What a generator's training minimises without LPIPS is what a release reports: one step's loss is the mean over its
  /// images, which are all samples here.
  @Test func theFeatureDistanceIsThatOfTheTraining() throws {
    let samples = try samples()
    let surrogate = try Model(
      NetworkDefinition(
        architecture: "resnet18", width: 4, input: samples.shape, classes: 10), seed: 1)
    let distance = try PerceptualDistance(features: surrogate, batch: 3, threads: 2)
    let count = 7
    let originals = (0..<count).flatMap { Array(samples.pixels(of: $0)) }
    let marked = originals.enumerated().map { $1 > 240 || $0 % 3 == 0 ? $1 : $1 + 9 }
    let values = distance.add(originals: originals, marked: marked, images: count)

    var graph = Graph(batch: count)
    let images = ["x", "y"].map { graph.images($0, shape: samples.shape) }
    let f = try graph.use(surrogate, named: "surrogate", frozen: true)
    let taps = images.map { graph.apply(f, to: $0).taps }
    _ = graph.featureDistance(taps[0], taps[1], name: "perceptual")
    let plan = TrainingPlan(
      graph, minimising: [], optimiser: .sgd(), schedule: .constant(rate: 0), threads: 1)
    plan.setImages("x", originals.span)
    plan.setImages("y", marked.span)
    plan.computeGradients()
    let loss = plan.loss("perceptual")
    let summary = distance.summary
    #expect(loss > 0 && abs(summary.mean - loss) < 1e-6 * loss)
    #expect(summary.largest == values.max() && summary.images == count && !summary.isLPIPS)
    #expect(summary.measure == "feature distance" && summary.trunk == "resnet18:4")
    #expect(summary.weights == surrogate.fingerprint && summary.weights.count == 16)
    #expect(distance.add(originals: originals, marked: originals, images: count).allSatisfy { $0 == 0 })
    var other = surrogate.tensors
    other["conv1.weight"]?.values[0] += 1
    #expect(try Model(surrogate.definition, tensors: other).fingerprint != surrogate.fingerprint)
  }

  @Test func trainsTheGeneratorWithLPIPS() throws {
    let samples = try samples()
    let surrogate = try Model(
      NetworkDefinition(
        architecture: "resnet18", width: 4, input: samples.shape, classes: 10), seed: 1)
    let settings = SSCLBWSettings(
      width: 4, depth: 1, steps: 30, batch: 4, epsilon: 16, targetWeight: 0, nonTargetWeight: 0, perceptualWeight: 1,
      rate: 5e-3)
    func training(_ lpips: LPIPS?) throws -> GeneratorTraining {
      try GeneratorTraining(
        surrogate: surrogate, samples: samples, targetClass: 2, settings: settings, seed: 3, threads: 2, lpips: lpips)
    }
    let metric = try metric()
    let run = try training(metric)
    #expect(run.perceptualTerm == "LPIPS v0.1 squeezenet1_1 \(metric.fingerprint)")
    #expect(try training(nil).perceptualTerm == "feature distance")
    var losses: [Double] = []
    for _ in 0..<settings.steps { losses.append(run.step().perceptual) }
    let (first, last) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
    #expect(first > 0 && last < 0.7 * first)

    // The checkpoint goes on with the same weights only.
    let checkpoint = directory.appendingPathComponent("generator.training").path
    try run.save(to: checkpoint)
    try training(metric).restore(from: checkpoint)
    #expect(throws: WatermarkError.self) { try training(self.metric(seed: 2)).restore(from: checkpoint) }
    #expect(throws: (any Error).self) { try training(nil).restore(from: checkpoint) }
  }

  @Test func recordsThePerceptualTermInTheGeneratorsFile() throws {
    let network = try Model(
      NetworkDefinition(
        architecture: "unet", width: 2, depth: 1, input: ImageShape(channels: 3, height: 8, width: 8),
        classes: 0), seed: 1)
    let settings = SSCLBWSettings(
      width: 2, depth: 1, steps: 1, batch: 2, epsilon: 8, targetWeight: 1, nonTargetWeight: 1, perceptualWeight: 1)
    for term in [nil, "feature distance"] {
      let generator = try Generator(
        Prepared(
          network: network,
          description: GeneratorDescription(
            epsilon: 8, target: 1, named: "b", objective: "paper", settings: settings, seed: 3,
            metrics: [:], perceptualTerm: term)), input: network.definition.input, classes: ["a", "b"])
      let path = directory.appendingPathComponent("generator.safetensors").path
      try generator.save(to: path)
      let read = try Generator(contentsOf: path).content.description(as: GeneratorDescription.self)
      #expect(read.perceptualTerm == term)
    }
  }

  @Test func takesClassifiersByNameAndForm() throws {
    let settings = try ClassifierSettings(
      published: "wrn-16-4", width: nil, epochs: 1, batch: 8, augments: false)
    #expect(settings.width == 64 && settings.form == nil)
    #expect(throws: NeuralNetError.self) {
      try ClassifierSettings(published: "unet", width: nil, epochs: 1, batch: 8, augments: false)
    }
    let samples = try samples()
    for form in [nil, NetworkForm.imageNet] {
      let training = try ClassifierTraining(
        samples: samples, classes: 10,
        settings: ClassifierSettings(architecture: "resnet34", width: 2, epochs: 1, batch: 4, form: form), seed: 1,
        threads: 2)
      #expect(training.model.definition.form == form ?? .cifar)
      #expect(training.step().loss.isFinite)
    }
  }
}
