import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Networks
import NeuralNet
import Testing

@testable import Watermarks

/// Marks that are computed for the samples of one archive: what a training may change, whether it goes on exactly, and what
/// its generator file gives back and refuses.
@Suite struct PoisonTests {
  private let samples: SampleCache
  private let surrogate: Model
  private let directory: String

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("dandyroll-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    samples = try ColourPictures.samples(100, seed: 3)
    surrogate = try Model(
      NetworkDefinition(architecture: "resnet18", width: 8, depth: 0, input: samples.shape, classes: 10), seed: 5)
  }

  private func poisons(_ target: Int?, threads: Int = 2, seed: UInt64 = 3) throws -> PoisonTraining {
    let positions = samples.labels.indices.filter { target == nil ? $0 < 6 : Int(samples.labels[$0]) == target }
    let settings = PoisonTrainingSettings(
      epsilon: 16, steps: 4, batch: 4, retrainEvery: 2,
      retraining: ClassifierSettings(architecture: "resnet18", width: 8, epochs: 1, batch: 25), sources: 9,
      target: target, entropyWeight: 2, seed: seed)
    return try PoisonTraining(
      PoisonState(samples, at: Array(positions.prefix(6))), in: samples,
      trigger: .drawn(8, seed: seed, on: samples.shape), against: surrogate, settings: settings, threads: threads)
  }

  @Test(arguments: [2, nil]) func aRestoredMatchingGoesOnExactly(target: Int?) throws {
    let straight = try poisons(target, threads: 1)
    // 2 batches and 4 steps; one retraining of 4 steps.
    #expect(straight.totalSteps == 12)
    while straight.stepsTaken < straight.totalSteps { _ = straight.step() }
    // In the midst of matching, of retraining, and after it.
    for stop in [3, 6, 9] {
      let first = try poisons(target)
      for _ in 0..<stop { _ = first.step() }
      let checkpoint = "\(directory)/\(stop).training"
      try first.save(to: checkpoint)
      let second = try poisons(target)
      try second.restore(from: checkpoint)
      #expect(second.stepsTaken == stop)
      while second.stepsTaken < second.totalSteps { _ = second.step() }
      #expect(second.state.changes == straight.state.changes, "stopped at \(stop)")
      #expect(second.model.tensors == straight.model.tensors)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory).allSatisfy { $0.hasSuffix(".training") })
      #expect(throws: WatermarkError.self) { try poisons(target, seed: 4).restore(from: checkpoint) }
    }
  }

  @Test func changesKeepToEpsilonAndToBytes() throws {
    let training = try poisons(2)
    while training.stepsTaken < training.totalSteps { _ = training.step() }
    let state = training.state
    #expect(state.changes.contains { $0 != 0 } && state.changes.allSatisfy { abs($0) <= 16 })
    #expect(state.written(0..<state.count).allSatisfy { (0...255).contains($0) && $0 == $0.rounded() })
    #expect(training.writtenLoss().isFinite)
  }

  @Test func theRateFallsWhereItWasPublished() {
    let settings = PoisonTrainingSettings(
      epsilon: 16, steps: 250, batch: 512, retrainEvery: 50,
      retraining: ClassifierSettings(architecture: "resnet18", width: 8, epochs: 40), sources: 1000, target: 1,
      entropyWeight: 0, seed: 1)
    let rates = (0..<250).map { settings.rate(at: $0, batch: 512) }
    #expect(abs(rates[0] - 25.5) < 1e-4)
    #expect((1..<250).filter { rates[$0] < rates[$0 - 1] } == [93, 156, 218])
  }

  @Test func anAdversarialChangeGoesOnExactlyForAnyNumberOfThreads() throws {
    func training(threads: Int) throws -> AdversarialTraining {
      var settings = AdversarialSettings(epsilon: 8, step: 1.5, steps: 6)
      settings.batch = 4
      return try AdversarialTraining(
        PoisonState(samples, at: Array(0..<6)), against: surrogate, settings: settings, threads: threads)
    }
    let straight = try training(threads: 1)
    while straight.stepsTaken < straight.totalSteps { straight.step() }
    let first = try training(threads: 2)
    for _ in 0..<7 { first.step() }
    try first.save(to: "\(directory)/a.training")
    let second = try training(threads: 3)
    try second.restore(from: "\(directory)/a.training")
    while second.stepsTaken < second.totalSteps { second.step() }
    #expect(second.state.changes == straight.state.changes)
    #expect(straight.state.changes.allSatisfy { abs($0) <= 8 } && straight.state.changes.contains { $0 != 0 })
    // More than at first, which is what it is for.
    let gradients = try LossGradients(surrogate, batch: 6, threads: 2)
    let (state, targets) = (straight.state, straight.state.targets(0..<6, classes: 10))
    #expect(
      gradients.byWeights(state.written(0..<6), targets).loss > gradients.byWeights(state.originals, targets).loss)
  }

  @Test func poisonsAreThoseOfTheLargestGradientsEachOnce() throws {
    let candidates = Array(0..<12)
    let chosen = try PoisonSelection.largestGradients(
      5, of: candidates, in: samples, by: surrogate, threads: 2, onProgress: { _, _ in })
    #expect(Set(chosen).count == 5 && chosen == chosen.sorted())
    let gradients = try LossGradients(surrogate, batch: 1, threads: 2)
    let norms = candidates.map { position in
      gradients.byWeights(
        samples.pixels(of: position).map(Float.init),
        LossGradients.targets(labels: [Int(samples.labels[position])], classes: 10)
      ).gradient.norm
    }
    let least = chosen.map { norms[$0] }.min() ?? 0
    #expect(candidates.filter { !chosen.contains($0) }.allSatisfy { norms[$0] <= least })
  }

  @Test func cornersAreTheSameInAMirrorAndNowhereElse() {
    let shape = ImageShape(channels: 3, height: 10, width: 12)
    var shown = [UInt8](repeating: 100, count: shape.count)
    SourcePatch.corners(3, isWhite: false, on: shape).show(on: &shown)
    #expect(shown.count { $0 != 100 } == 3 * 36 && shown.count { $0 == 255 } == 3 * 20)
    for row in 0..<10 {
      let line = Array(shown[row * 12..<(row + 1) * 12])
      #expect(line == line.reversed() && line == Array(shown[(9 - row) * 12..<(10 - row) * 12]))
    }
  }

  // MARK: Generator files

  private func generator(
    _ method: some WatermarkMethod, changes: Float = 3, samples: [Int] = [4, 9], target: Int? = 2
  ) throws -> Generator {
    let state = PoisonState(self.samples, at: [0, 1])
    let description = PoisonDescription(
      objective: method.declaration.name.rawValue, settings: MethodSettings(of: method.declaration), seed: 7,
      targetClass: target, targetName: target.map { "class \($0)" }, archive: HexDigest(of: [1]), samples: samples,
      metrics: [:])
    return try Generator(
      Prepared(
        tensors: ["changes": Tensor(shape: state.tensor.shape, repeating: changes)], description: description),
      input: self.samples.shape, classes: (0..<10).map { "class \($0)" })
  }

  private func request(of source: HexDigest) -> ReleaseRequest {
    ReleaseRequest(
      count: 2, candidates: [4, 9], source: source, labels: [UInt16](repeating: 2, count: 10),
      secret: ReleaseSecret(generator: source, source: source, seed: 1))
  }

  @Test func aGeneratorFileGivesBackTheChanges() throws {
    let path = "\(directory)/label-consistent.safetensors"
    try generator(LabelConsistentMethod()).save(to: path)
    let watermark = try Generator(contentsOf: path).watermark
    let plan = try watermark.plan(request(of: HexDigest(of: [1])))
    #expect(plan == ReleasePlan(claim: .targeted(at: 2), samples: [4, 9]))
    #expect(watermark.budget == ChangeBudget(largestChange: 8, openCorners: 3) && watermark.key(of: plan.claim) == nil)
    let marker = try watermark.marker(
      request(of: HexDigest(of: [1])).secret, of: plan.claim, amplitude: 1, batch: 2, threads: 1)
    let shape = samples.shape
    let (pixels, size) = ([UInt8](repeating: 254, count: 2 * shape.count), shape.count)
    let batch = MarkerBatch(indices: [9, 5], labels: [2, 2], shape: shape)
    let marked = try marker.mark(pixels, batch)
    // Both show the corners; what was computed for sample 9 is on it alone, within bytes.
    #expect(
      marked[size / 2 + 16] == 255 && marked[size + size / 2 + 16] == 254 && marked[1] == 0 && marked[size] == 255)
    let change = SampleChange(
      from: Array(pixels[..<size]), to: marked[..<size], shape: shape, openCorners: watermark.budget.openCorners)
    #expect(change.keeps(to: watermark.budget))
    #expect(!SampleChange(from: Array(pixels[..<size]), to: marked[..<size], shape: shape).keeps(to: .linf(8)))
    // A question shows the corners alone.
    let asked = marker.mark(pixels, samples: [1, 2], carrier: 0)
    #expect(asked.count { $0 != 254 } == 2 * 3 * 36)
  }

  @Test func sleepersShowNoPatchInARelease() throws {
    for (generator, claim) in [
      (try generator(SleeperAgentMethod()), Claim.targeted(at: 2)),
      (try generator(UBWCMethod(), target: nil), .untargeted),
    ] {
      let watermark = generator.watermark
      let marker = try watermark.marker(
        request(of: HexDigest(of: [1])).secret, of: claim, amplitude: 1, batch: 1, threads: 1)
      let shape = samples.shape
      let pixels = [UInt8](repeating: 100, count: shape.count)
      #expect(watermark.budget == .linf(16))
      #expect(try marker.mark(pixels, MarkerBatch(indices: [4], labels: [2], shape: shape)).allSatisfy { $0 == 103 })
      #expect(marker.mark(pixels, samples: [4], carrier: 0).count { $0 != 100 } == 3 * 64)
    }
  }

  @Test func marksOfAnotherArchiveAreRefused() throws {
    let watermark = try generator(LabelConsistentMethod()).watermark
    let other = HexDigest(of: [2])
    #expect(throws: WatermarkError.otherArchive(made: "\(HexDigest(of: [1]))", found: "\(other)")) {
      try watermark.plan(request(of: other))
    }
  }

  @Test func aForgedGeneratorIsRefused() {
    #expect(throws: WatermarkError.self) { try generator(LabelConsistentMethod(), changes: 9) }
    #expect(throws: WatermarkError.self) { try generator(LabelConsistentMethod(), changes: 0.5) }
    #expect(throws: WatermarkError.self) { try generator(LabelConsistentMethod(), changes: .nan) }
    #expect(throws: WatermarkError.self) { try generator(LabelConsistentMethod(), samples: [9, 4]) }
    #expect(throws: WatermarkError.self) { try generator(LabelConsistentMethod(), samples: [1, 2, 3]) }
    #expect(throws: WatermarkError.self) { try generator(LabelConsistentMethod(), target: 10) }
    #expect(throws: WatermarkError.self) { try generator(SleeperAgentMethod(), target: nil) }
    #expect(throws: WatermarkError.self) { try generator(UBWCMethod(), target: 2) }
  }
}
