import Archives
import Datasets
import Evidence
import Foundation
import Foundations
import Networks
import Testing

@testable import Watermarks

/// The three losses on drawn images, and what a trained generator may do to a pixel.
@Suite struct GeneratorTrainingTests {
  let samples: SampleCache
  let surrogate: Model
  let directory: String

  static let settings = SSCLBWSettings(
    width: 8, depth: 2, steps: 30, batch: 16, epsilon: 8, targetWeight: 1, nonTargetWeight: 1, perceptualWeight: 1)

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("dandyroll-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let archive = "\(directory)/drawn.tar"
    try DrawnDataset(seed: 4).writeCIFAR10(to: archive, container: .tar, perBatch: 60, test: 20)
    let survey = try DatasetSurvey(file: archive)
    samples = try SampleCache(survey, choose: { survey.splits[$0] == .train })
    let training = try ClassifierTraining(
      samples: samples, classes: 10,
      settings: ClassifierSettings(architecture: "resnet18", width: 8, epochs: 8, batch: 32), seed: 1, threads: 2)
    while training.stepsTaken < training.totalSteps { _ = training.step() }
    surrogate = training.model
    try FileManager.default.removeItem(atPath: archive)
  }

  func training(_ settings: SSCLBWSettings = settings, seed: UInt64 = 3) throws -> GeneratorTraining {
    try GeneratorTraining(
      surrogate: surrogate, samples: samples, targetClass: 2, settings: settings, seed: seed, threads: 2)
  }

  /// Of pictures that are a colour each, with room to paint another one over them, so that what the loss falls by is the
  /// training and not its luck.
  @Test(arguments: [3, 4, 5] as [UInt64]) func lowersTheNonTargetLoss(seed: UInt64) throws {
    let samples = try ColourPictures.samples(seed: seed)
    let classifier = try ClassifierTraining(
      samples: samples, classes: 10,
      settings: ClassifierSettings(architecture: "resnet18", width: 8, epochs: 10, batch: 20, augments: false),
      seed: seed, threads: 2)
    while classifier.stepsTaken < classifier.totalSteps { _ = classifier.step() }
    var settings = Self.settings
    (settings.targetWeight, settings.perceptualWeight) = (0, 0)
    (settings.epsilon, settings.steps, settings.rate) = (200, 150, 5e-3)
    let run = try GeneratorTraining(
      surrogate: classifier.model, samples: samples, targetClass: 2, settings: settings, seed: seed, threads: 2)
    var losses: [Double] = []
    for _ in 0..<settings.steps { losses.append(run.step().nonTarget) }
    let (first, last) = (losses.prefix(10).reduce(0, +), losses.suffix(10).reduce(0, +))
    #expect(last < 0.5 * first, "from \(first) to \(last)")
  }

  @Test func thePerceptualLossHoldsTheChangeBack() throws {
    var strict = Self.settings
    (strict.targetWeight, strict.nonTargetWeight, strict.perceptualWeight, strict.steps) = (0, 0, 100, 60)
    let run = try training(strict)
    let first = run.step().perceptual
    var last = first
    for _ in 1..<strict.steps { last = run.step().perceptual }
    #expect(last < 0.8 * first)
  }

  @Test func neverExceedsEpsilonAfterRounding() throws {
    for epsilon in [1, 8] {
      var settings = Self.settings
      settings.epsilon = epsilon
      settings.steps = 5
      let run = try training(settings)
      for _ in 0..<settings.steps { _ = run.step() }
      let plan = try GeneratorPlan(run.model, epsilon: Float(epsilon) / 255, batch: 7, threads: 2)
      let marked = plan.mark(samples.pixels, count: samples.count)
      var quality = ImageQuality(samples.shape)
      quality.add(originals: samples.pixels, marked: marked, images: samples.count)
      #expect(quality.largestChange <= epsilon && quality.largestChange > 0)
      let leastPSNR = 20 * log10(255 / Double(epsilon)) - 0.01
      #expect(quality.meanPSNR > leastPSNR)
    }
  }

  @Test func aRestoredTrainingTakesTheSameSteps() throws {
    let straight = try training()
    for _ in 0..<8 { _ = straight.step() }
    let first = try training()
    for _ in 0..<3 { _ = first.step() }
    let checkpoint = "\(directory)/generator.training"
    try first.save(to: checkpoint)
    let second = try training()
    try second.restore(from: checkpoint)
    #expect(second.stepsTaken == 3)
    for _ in 3..<8 { _ = second.step() }
    #expect(second.model.tensors == straight.model.tensors)
    #expect(throws: WatermarkError.self) { try training(seed: 4).restore(from: checkpoint) }
  }

  @Test func aGeneratorFileGivesBackWhatWasSaved() throws {
    let run = try training()
    _ = run.step()
    let generator = try Generator(
      Prepared(
        network: run.model,
        description: GeneratorDescription(
          epsilon: 8, target: 2, named: "class 2", objective: "paper", settings: Self.settings, seed: 3,
          metrics: ["targetLoss": 1.5])), input: run.model.definition.input,
      classes: (0..<10).map { "class \($0)" })
    let path = "\(directory)/generator.safetensors"
    try generator.save(to: path)
    let read = try Generator(contentsOf: path)
    #expect(read.network?.tensors == run.model.tensors)
    #expect(read.content.description == generator.content.description && read.classes == generator.classes)
    let nothing = HexDigest(of: [])
    let plan = try read.watermark.plan(
      ReleaseRequest(
        count: 0, candidates: [], source: nothing, labels: [],
        secret: ReleaseSecret(generator: nothing, source: nothing, seed: 0)))
    #expect(plan.claim == .targeted(at: 2) && read.watermark.key(of: plan.claim) == nil)
    #expect(read.watermark.budget == .linf(8))
    try run.model.save(to: path)
    #expect(throws: WatermarkError.self) { try Generator(contentsOf: path) }
  }

  @Test func needsTheTargetClassAndAnother() throws {
    #expect(throws: WatermarkError.noSamples(group: "the target class")) {
      try GeneratorTraining(
        surrogate: surrogate, samples: samples, targetClass: 11, settings: Self.settings, seed: 1, threads: 1)
    }
  }
}
