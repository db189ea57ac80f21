import Datasets
import Networks
import Testing

@testable import Watermarks

/// The other training of a generator, that of a learned painting: the reader, then the painter.
extension GeneratorTrainingTests {
  private var book: CarrierBook { CarrierBook(CarrierForm(spacing: 0.25, lowest: 0.1), channels: 3) }

  private func reader(_ settings: SSCLBWSettings, seed: UInt64 = 3) throws -> ReaderTraining {
    try ReaderTraining(
      samples: samples, book: book, epsilon: settings.epsilon, batch: settings.batch, steps: settings.steps,
      seed: seed, threads: 2)
  }

  private func painter(_ settings: SSCLBWSettings, seed: UInt64 = 3) throws -> PainterTraining {
    try PainterTraining(
      reader: reader(settings, seed: seed).model, surrogate: surrogate, samples: samples, book: book,
      settings: settings, seed: seed, threads: 2)
  }

  @Test func aReaderLearnsToTellCarriersApart() throws {
    var settings = Self.settings
    (settings.epsilon, settings.steps) = (64, 240)
    let run = try reader(settings)
    var losses: [Double] = []
    for _ in 0..<settings.steps { losses.append(run.step()) }
    let (first, last) = (losses.prefix(5).reduce(0, +) / 5, losses.suffix(5).reduce(0, +) / 5)
    #expect(last < 0.8 * first, "from \(first) to \(last)")
  }

  @Test func aReadersCarriersWeakenToEpsilon() {
    func strength(_ step: Int) -> Int { ReaderTraining.strength(ofStep: step, of: 100, epsilon: 8) }
    #expect((0..<100).map(strength) == (0..<100).map(strength).sorted(by: >))
    #expect(strength(0) == 64 && strength(30) == 23 && strength(60) == 8 && strength(99) == 8)
    #expect(ReaderTraining.strength(ofStep: 0, of: 100, epsilon: 200) == 200)
  }

  @Test func aRestoredReaderGoesOnToTheSameBytes() throws {
    var settings = Self.settings
    settings.steps = 6
    let straight = try reader(settings)
    for _ in 0..<6 { _ = straight.step() }
    let first = try reader(settings)
    for _ in 0..<3 { _ = first.step() }
    try first.save(to: "\(directory)/reader.training")
    let second = try reader(settings)
    try second.restore(from: "\(directory)/reader.training")
    for _ in 0..<3 { _ = second.step() }
    #expect(second.model.tensors == straight.model.tensors)
    #expect(throws: WatermarkError.self) {
      try reader(settings, seed: 4).restore(from: "\(directory)/reader.training")
    }
  }

  @Test func thePerceptualLossMakesThePainterWeaker() throws {
    let strengths = try [0.0, 1000].map { (weight: Double) -> Double in
      var settings = Self.settings
      settings.perceptualWeight = weight
      settings.rate = 1e-2
      let run = try painter(settings)
      for _ in 0..<settings.steps { _ = run.step() }
      let plan = try PainterPlan(run.model, batch: 8, threads: 1)
      let bytes = plan.strengths(Array(samples.pixels(of: 0)), count: 1)
      return Double(bytes.reduce(0) { $0 + Int($1) }) / Double(bytes.count)
    }
    #expect(strengths[1] < 0.7 * strengths[0], "\(strengths)")
  }

  @Test func aRestoredPainterGoesOnToTheSameBytes() throws {
    var settings = Self.settings
    settings.steps = 6
    let straight = try painter(settings)
    for _ in 0..<6 { _ = straight.step() }
    let first = try painter(settings)
    for _ in 0..<3 { _ = first.step() }
    try first.save(to: "\(directory)/painter.training")
    let second = try painter(settings)
    try second.restore(from: "\(directory)/painter.training")
    for _ in 0..<3 { _ = second.step() }
    #expect(second.model.tensors == straight.model.tensors)
    #expect(throws: WatermarkError.self) {
      try painter(settings, seed: 4).restore(from: "\(directory)/painter.training")
    }
  }
}
