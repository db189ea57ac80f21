import Archives
import Datasets
import Foundation
import NeuralNet
import Testing

@testable import Networks
@testable import Watermarks

@Suite struct AttackTests {
  private let samples: SampleCache

  init() throws {
    let archive = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).tar").path
    defer { try? FileManager.default.removeItem(atPath: archive) }
    try DrawnDataset(seed: 8).writeCIFAR10(to: archive, container: .tar, perBatch: 40, test: 40)
    let survey = try DatasetSurvey(file: archive)
    samples = try SampleCache(survey, choose: { _ in true })
  }

  private func model(_ architecture: String, width: Int) throws -> Model {
    try Model(
      NetworkDefinition(
        architecture: architecture, width: width, input: samples.shape, classes: 10), seed: 1)
  }

  @Test(arguments: [
    ("cnn", "fc2.weight"), ("resnet18", "fc.weight"), ("vgg16", "classifier.weight"),
    ("densenet121", "classifier.weight"),
    ("wrn-10-1", "fc.weight"), ("alexnet", "classifier.weight"),
  ])
  func findsTheLastLayer(architecture: String, name: String) throws {
    let model = try model(architecture, width: 16)
    let head = try #require(model.definition.headWeight)
    let plan = try ClassifierPlan(model, batch: 1, threads: 1)
    #expect(model.tensors[head]?.shape == [10, plan.featureCount], "\(head)")
    if architecture != "alexnet" { #expect(head == name) }
  }

  /// Logits of a pruned network are those of the last layer on features of which the chosen are 0.
  @Test(arguments: [0.1, 0.5, 0.7, 1]) func prunesExactlyTheLeastActiveFeatures(rate: Double) throws {
    let model = try model("cnn", width: 10)
    let pruning = try LastFeaturePruning(model, benign: samples, threads: 2)
    let pruned = try pruning.model(rate: rate)
    let plan = try ClassifierPlan(model, batch: 64, threads: 2)
    let pixels = samples.pixels
    let features = plan.features(pixels.span, count: samples.count)
    let d = plan.featureCount
    let means = (0..<d).map { unit in
      stride(from: unit, to: features.count, by: d).reduce(0.0) { $0 + Double(features[$1]) }
    }
    #expect(zip(pruning.order, pruning.order.dropFirst()).allSatisfy { means[$0] <= means[$1] })
    #expect(pruning.order.sorted() == Array(0..<d))
    let gone = Set(pruning.order.prefix(Int(rate * 10) * d / 10))

    let name = try #require(model.definition.headWeight)
    let (old, new) = (try #require(model.tensors[name]), try #require(pruned.tensors[name]))
    for index in old.values.indices {
      #expect(new.values[index] == (gone.contains(index % d) ? 0 : old.values[index]))
    }
    for (other, tensor) in model.tensors where other != name { #expect(pruned.tensors[other] == tensor) }

    let bias = try #require(model.tensors[name.replacing("weight", with: "bias")]).values
    let logits = try ClassifierPlan(pruned, batch: 64, threads: 2).logits(pixels.span, count: samples.count)
    for image in 0..<5 {
      for label in 0..<10 {
        let expected = (0..<d).filter { !gone.contains($0) }.reduce(Double(bias[label])) {
          $0 + Double(old.values[label * d + $1]) * Double(features[image * d + $1])
        }
        #expect(abs(Double(logits[image * 10 + label]) - expected) < 1e-4)
      }
    }
  }

  private func settings(epochs: Int) -> ClassifierSettings {
    ClassifierSettings(
      architecture: "wrn-10-1", width: 8, epochs: epochs, batch: 20, peakRate: 0.05, augments: false)
  }

  /// A random network that says 2 where its features sum to more than their median does, and 7 otherwise.
  private func teacher() throws -> Model {
    let model = try model("cnn", width: 8)
    let plan = try ClassifierPlan(model, batch: 64, threads: 2)
    let pixels = samples.pixels
    let features = plan.features(pixels.span, count: samples.count)
    let d = plan.featureCount
    let sums = (0..<samples.count).map { features[$0 * d..<($0 + 1) * d].reduce(0, +) }.sorted()
    // Half of the images are at least one nat away from the border between the two answers.
    let steepness = 2 / (sums[sums.count * 3 / 4] - sums[sums.count / 4])
    var tensors = model.tensors
    let (weight, bias) = ("fc2.weight", "fc2.bias")
    tensors[weight]?.values = (0..<10 * d).map { $0 / d == 2 ? steepness : 0 }
    tensors[bias]?.values = (0..<10).map { $0 == 2 ? -steepness * sums[sums.count / 2] : $0 == 7 ? 0 : -9 }
    return try Model(model.definition, tensors: tensors)
  }

  @Test(arguments: StudentTraining.Answers.allCases)
  func aStudentComesToAgreeWithItsTeacher(answers: StudentTraining.Answers) throws {
    let teacher = try teacher()
    func labels(_ model: Model) throws -> [Int] {
      let pixels = samples.pixels
      let logits = try ClassifierPlan(model, batch: 64, threads: 2).logits(pixels.span, count: samples.count)
      return (0..<samples.count).map { row in
        (0..<10).max { logits[row * 10 + $0] < logits[row * 10 + $1] } ?? 0
      }
    }
    let wanted = try labels(teacher)
    #expect(Set(wanted) == [2, 7])
    let training = try StudentTraining(
      of: teacher, transfer: samples, answers: answers, settings: settings(epochs: 30), seed: 9, threads: 2)
    func agreement() throws -> Double {
      Double(zip(try labels(training.model), wanted).count { $0 == $1 }) / Double(samples.count)
    }
    let before = try agreement()
    let first = training.step().loss
    while training.stepsTaken < training.totalSteps { _ = training.step() }
    #expect(try agreement() > max(0.8, before))
    #expect(training.step().loss < first)
  }

  @Test func labelsAreOneForTheLikeliestClass() throws {
    let teacher = try teacher()
    let soft = try StudentTraining.ask(teacher, samples, .probabilities, threads: 2)
    let hard = try StudentTraining.ask(teacher, samples, .labels, threads: 2)
    for image in 0..<samples.count {
      let (p, q) = (soft[image * 10..<image * 10 + 10], hard[image * 10..<image * 10 + 10])
      #expect(abs(p.reduce(0, +) - 1) < 1e-5)
      #expect(q.filter { $0 == 1 }.count == 1 && q.filter { $0 == 0 }.count == 9)
      #expect(p.indices.max { p[$0] < p[$1] } == q.firstIndex(of: 1).map { $0 })
    }
  }

  @Test func aRestoredStudentGoesOnToTheSameBits() throws {
    let teacher = try model("cnn", width: 8)
    func training(threads: Int) throws -> StudentTraining {
      var settings = settings(epochs: 1)
      settings.augments = true
      return try StudentTraining(
        of: teacher, transfer: samples, answers: .probabilities, settings: settings, seed: 5, threads: threads)
    }
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let undisturbed = try training(threads: 2)
    for _ in 0..<6 { _ = undisturbed.step() }
    let stopped = try training(threads: 2)
    for _ in 0..<3 { _ = stopped.step() }
    try stopped.save(to: path)
    let resumed = try training(threads: 1)
    try resumed.restore(from: path)
    for _ in 0..<3 { _ = resumed.step() }
    #expect(resumed.model.tensors == undisturbed.model.tensors)
  }
}
