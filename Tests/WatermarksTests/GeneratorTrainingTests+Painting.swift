import Datasets
import Foundations
import Networks
import Testing

@testable import Watermarks

/// The other training of a generator, that of a learned painting: the reader, then the painter.
extension GeneratorTrainingTests {
  private var book: CarrierBook { CarrierBook(CarrierForm(spacing: 0.25, lowest: 0.1), channels: 3) }

  private func reader(_ settings: SSCLBWSettings, seed: UInt64 = 3) throws -> ReaderTraining {
    try ReaderTraining(
      samples: samples, part: samples.shape, book: book, epsilon: settings.epsilon, batch: settings.batch,
      steps: settings.steps, seed: seed, threads: 2)
  }

  private func painter(_ settings: SSCLBWSettings, seed: UInt64 = 3) throws -> PainterTraining {
    try PainterTraining(
      reader: reader(settings, seed: seed).model, surrogate: surrogate, samples: samples, part: samples.shape,
      book: book,
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

  @Test func ofLargeImagesCarriersAreLearnedOnParts() {
    func part(_ height: Int, _ width: Int) -> ImageShape {
      CarrierBatches.part(of: ImageShape(channels: 3, height: height, width: width))
    }
    #expect(part(32, 28) == ImageShape(channels: 3, height: 32, width: 28))
    #expect(part(224, 48) == ImageShape(channels: 3, height: 64, width: 48))
  }

  @Test func aPartIsCutOutSomewhere() {
    // Each value says where it stands.
    func image(_ rows: Range<Int>, _ columns: Range<Int>) -> [UInt8] {
      var image: [UInt8] = []
      for channel in 0..<3 {
        for row in rows { image += columns.map { column in UInt8(channel * 70 + row * 10 + column) } }
      }
      return image
    }
    let whole = ImageShape(channels: 3, height: 7, width: 9)
    let large = samples.reshaped(to: whole) { _, count in
      [[UInt8]](repeating: image(0..<7, 0..<9), count: count).flatMap(\.self)
    }
    let batch = CarrierBatches(
      samples: large, shape: ImageShape(channels: 3, height: 4, width: 5), book: book, size: 64, seed: 1,
      stream: "parts"
    ).batch(ofStep: 0)
    var corners: Set<UInt8> = []
    for start in stride(from: 0, to: batch.images.count, by: 3 * 4 * 5) {
      let corner = batch.images[start]
      corners.insert(corner)
      let (top, left) = (Int(corner) / 10, Int(corner) % 10)
      #expect(Array(batch.images[start..<start + 3 * 4 * 5]) == image(top..<top + 4, left..<left + 5))
    }
    #expect(batch.carriers.count == batch.images.count)
    // Four rows and five columns to begin in.
    #expect(corners.count > 10)
  }

  @Test func whatWasLearnedOnPartsPaintsWholeImages() throws {
    var settings = Self.settings
    settings.steps = 2
    let whole = ImageShape(channels: 3, height: 40, width: 48)
    let large = samples.reshaped(to: whole) { _, count in
      (0..<count * whole.count).map { place in UInt8(truncatingIfNeeded: place * 7 / 5) }
    }
    let training = try PainterTraining(
      reader: reader(settings).model, surrogate: surrogate, samples: large, part: samples.shape, book: book,
      settings: settings, seed: 3, threads: 2)
    _ = training.step()
    let painter = try training.model.reading(whole)
    let strengths = try PainterPlan(painter, batch: 2, threads: 1).strengths(Array(large.pixels(of: 0)), count: 1)
    #expect(strengths.count == whole.count && Set(strengths).count > 1)
  }

  @Test func aNetworkThatSeesEveryPixelReadsOneSizeOnly() {
    func network(_ architecture: String) -> NetworkDefinition {
      NetworkDefinition(architecture: architecture, width: 8, input: samples.shape, classes: 10)
    }
    let other = ImageShape(channels: 3, height: 64, width: 48)
    #expect(network("resnet18").isSame(for: other) && !network("cnn").isSame(for: other))
    #expect(!network("vgg16").isSame(for: ImageShape(channels: 3, height: 8, width: 8)), "it takes no smaller ones")
  }
}
