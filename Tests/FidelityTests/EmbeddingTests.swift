import Datasets
import Foundation
import Foundations
import Networks
import NeuralNet
import Testing
import Watermarks

@testable import Fidelity
@testable import Fixtures

@Suite struct EmbeddingTests {
  private let fixture: FidelityFixture
  private let host: Model
  private let samples: SampleCache
  private let triggers: TriggerSet

  init() throws {
    fixture = try FidelityFixture.shared.get()
    host = try Model(contentsOf: fixture.host)
    samples = try fixture.training()
    triggers = TriggerSet(
      key: HexDigest(of: Array("triggers".utf8)), count: 10, shape: host.definition.input,
      classes: host.definition.classes)
  }

  /// A network with norms, as it began.
  private func resnet() throws -> Model {
    try Model(
      NetworkDefinition(
        architecture: "resnet18", width: 4, input: host.definition.input, classes: host.definition.classes), seed: 9)
  }

  private func training(
    _ settings: EmbeddingSettings, of other: Model? = nil, seed: UInt64 = 1, threads: Int = 2
  ) throws -> EmbeddingTraining {
    try EmbeddingTraining(
      of: other ?? host, samples: samples, triggers: triggers, settings: settings, seed: seed, threads: threads,
      onProgress: { _, _ in })
  }

  private func trained(_ settings: EmbeddingSettings) throws -> Model {
    let run = try training(settings)
    while run.stepsTaken < run.totalSteps { _ = run.step() }
    return run.model
  }

  /// Each keeps what it is there to keep many times better than labels alone do.
  @Test func holdsAModelToItsHost() throws {
    let trial = try FidelityTrial(
      host: host, samples: fixture.held(), triggers: triggers, threads: 2, onProgress: { _, _ in })
    func figures(_ loss: EmbeddingLoss) throws -> FidelityFigures {
      try trial.figures(of: trained(FidelityFixture.settings(loss))) { _, _ in }
    }
    let (ce, spl, both) = (try figures(.ce), try figures(.spl), try figures(.both))
    for figures in [spl, both] { #expect(figures.triggerAccuracy ?? 0 >= 0.5, "\(figures)") }
    #expect(spl.spl < ce.spl / 2 && both.spl < ce.spl / 2, "\([ce, spl, both])")
    #expect(both.agreement > ce.agreement, "\([ce, both])")
    let weights = try figures(.twl)
    #expect(weights.twl < ce.twl, "\([ce, weights])")
  }

  @Test func theHostIsNoDistanceFromItself() throws {
    let trial = try FidelityTrial(
      host: host, samples: fixture.held(), triggers: triggers, threads: 2, onProgress: { _, _ in })
    let figures = try trial.hostFigures()
    #expect(figures.twl == 0 && figures.pfl == 0 && figures.agreement == 1 && abs(figures.spl) < 1e-12)
  }

  /// PFL and SPL by their definitions, image by image.
  @Test func figuresAreWhatTheyAreDefinedAs() throws {
    let held = try fixture.held()
    let other = try Model(host.definition, seed: 77)
    let trial = try FidelityTrial(host: host, samples: held, threads: 1, onProgress: { _, _ in })
    let found = try trial.figures(of: other) { _, _ in }
    let (first, second) = (
      try ClassifierPlan(host, batch: 8, threads: 1), try ClassifierPlan(other, batch: 8, threads: 1)
    )
    var (pfl, spl, same, right) = (0.0, 0.0, 0, 0)
    for position in 0..<held.count {
      let image = Array(held.pixels(of: position))
      let (z0, z) = (first.features(image.span, count: 1), second.features(image.span, count: 1))
      pfl += zip(z0, z).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
      let (p0, p) = (first.probabilities(image.span, count: 1), second.probabilities(image.span, count: 1))
      spl += zip(p0, p).reduce(0) { $0 + Double($1.0) * log(Double($1.0) / Double($1.1)) }
      let (said, other) = (first.predictions(p0)[0], second.predictions(p)[0])
      if said == other { same += 1 }
      if other == Int(held.labels[position]) { right += 1 }
    }
    let count = Double(held.count)
    #expect(abs(found.pfl - pfl / count) < 1e-4 * pfl / count && abs(found.spl - spl / count) < 1e-4 * spl / count)
    #expect(found.agreement == Double(same) / count && found.accuracy == Double(right) / count)
    #expect(found.triggerAccuracy == nil && found.twl == other.squaredWeightDistance(from: host))
  }

  @Test(arguments: [true, false]) func keepsNormsAndLastLayerOfTheHost(fixed: Bool) throws {
    let host = try resnet()
    let run = try training(FidelityFixture.settings(.spl, fixed: fixed), of: host)
    for _ in 0..<3 { _ = run.step() }
    let model = run.model
    for name in host.definition.tensors(of: .norms) { #expect(model.tensors[name] == host.tensors[name], "\(name)") }
    for name in host.definition.tensors(of: .head) { #expect((model.tensors[name] == host.tensors[name]) == fixed) }
    #expect(model.tensors["conv1.weight"] != host.tensors["conv1.weight"])
  }

  /// From scratch there is nothing of the host but its last layer, and norms learn.
  @Test func startsFromFreshWeightsOnTheHostsLastLayer() throws {
    let host = try resnet()
    let run = try training(FidelityFixture.settings(.both, fromScratch: true), of: host)
    let fresh = try Model(host.definition, seed: 1)
    #expect(run.start.tensors["conv1.weight"] == fresh.tensors["conv1.weight"])
    #expect(run.start.tensors["fc.weight"] == host.tensors["fc.weight"])
    _ = run.step()
    #expect(run.model.tensors["fc.weight"] == host.tensors["fc.weight"])
    #expect(run.model.tensors["bn1.running_mean"] != fresh.tensors["bn1.running_mean"])
    #expect(run.model.tensors["bn1.weight"] != fresh.tensors["bn1.weight"])
  }

  /// As published: a last layer without bias, which no training gives it.
  @Test func aHostWithoutBiasHasNoneLater() throws {
    let run = try EmbeddingTraining(host: resnet().definition, samples: samples, epochs: 1, seed: 4, threads: 2)
    for _ in 0..<3 { _ = run.step() }
    let made = run.model
    #expect(made.isZero(made.definition.tensors(of: .headBias)))
    #expect(made.tensors["fc.weight"] != run.start.tensors["fc.weight"])
    let marked = try EmbeddingTraining(
      of: made, samples: samples, triggers: triggers,
      settings: FidelityFixture.settings(.ce, fixed: false, fromScratch: true),
      seed: 1, threads: 2, onProgress: { _, _ in })
    _ = marked.step()
    #expect(marked.model.isZero(made.definition.tensors(of: .headBias)))
  }

  /// The same bits from a checkpoint, on any number of threads.
  @Test(arguments: EmbeddingLoss.allCases) func goesOnFromACheckpoint(loss: EmbeddingLoss) throws {
    let path = fixture.directory.file("\(UUID()).training")
    let settings = FidelityFixture.settings(loss)
    let (whole, first, second) = (
      try training(settings), try training(settings, threads: 1), try training(settings, threads: 3)
    )
    for _ in 0..<6 { _ = whole.step() }
    for _ in 0..<4 { _ = first.step() }
    try first.save(to: path)
    try second.restore(from: path)
    for _ in 0..<2 { _ = second.step() }
    #expect(second.stepsTaken == 6 && second.model.fingerprint == whole.model.fingerprint)
    var other = settings
    other.fixesLastLayer = false
    #expect(throws: WatermarkError.self) { try training(other).restore(from: path) }
  }

  @Test func refusesAnEmptySet() throws {
    let none = try SampleCache(DatasetSurvey(file: fixture.archive)) { _ in false }
    #expect(throws: WatermarkError.noSamples(group: "the held-out split")) {
      try FidelityTrial(host: host, samples: none, threads: 1, onProgress: { _, _ in })
    }
    #expect(throws: WatermarkError.noSamples(group: "the training split")) {
      try EmbeddingTraining(host: host.definition, samples: none, epochs: 1, seed: 1, threads: 1)
    }
  }
}
