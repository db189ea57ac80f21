import Archives
import Datasets
import Evidence
import Foundation
import Foundations
import NeuralNet
import Testing

@testable import Networks
@testable import Watermarks

@Suite struct WatermarkScoresTests {
  /// A generator whose head is zero marks nothing: no gain, and the success rate is the baseline.
  @Test func anImageWithoutAMarkGainsNothing() throws {
    let archive = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).tar").path
    defer { try? FileManager.default.removeItem(atPath: archive) }
    try DrawnDataset(seed: 8).writeCIFAR10(to: archive, container: .tar, perBatch: 20, test: 50)
    let survey = try DatasetSurvey(file: archive)
    let samples = try SampleCache(survey, choose: { survey.splits[$0] == .test })
    let shape = survey.shape
    let classifier = try Model(
      NetworkDefinition(architecture: "resnet18", width: 8, input: shape, classes: 10), seed: 1)
    var network = try Model(
      NetworkDefinition(architecture: "unet", width: 8, depth: 2, input: shape, classes: 0), seed: 1)
    for (name, tensor) in network.tensors where tensor.shape.first == 3 {
      network.tensors[name]?.values = [Float](repeating: 0, count: tensor.values.count)
    }
    let settings = SSCLBWSettings(
      width: 8, depth: 2, steps: 1, batch: 2, epsilon: 8, targetWeight: 1, nonTargetWeight: 1, perceptualWeight: 1)
    let generator = try Generator(
      Prepared(
        network: network,
        description: GeneratorDescription(
          epsilon: 8, target: 3, named: survey.classNames[3], objective: "paper", settings: settings, seed: 1,
          metrics: [:])), input: shape, classes: survey.classNames)
    let digest = HexDigest(bytes: [UInt8](repeating: 0, count: 32))
    let scores = try WatermarkScores(
      classifier: classifier, claim: .targeted(at: 3),
      marker: generator.watermark.marker(
        ReleaseSecret(generator: digest, source: digest, seed: 0), of: .targeted(at: 3), amplitude: 1, batch: 16,
        threads: 2),
      samples: samples, threads: 2)
    #expect(scores.probabilityGain == 0)
    #expect(scores.successRate == scores.baselineRate)
    #expect(scores.samples == 50)
    #expect(scores.verificationSamples == samples.labels.count { $0 != 3 })
    let plan = try ClassifierPlan(classifier, batch: 10, threads: 1)
    #expect(scores.benignAccuracy == Double(plan.correct(samples) { _, _ in }) / 50)
  }
}
