import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Networks
import Synchronization
import Testing
import Watermarks

@testable import Fixtures
@testable import Training
@testable import Trials
@testable import Work

@Suite struct ModelEvaluationTests {
  private let directory: TemporaryDirectory
  private let fixture: KeyedFixture
  private let model: String

  init() throws {
    directory = try TemporaryDirectory()
    fixture = try KeyedFixture.shared.get()
    model = directory.file("model.safetensors")
    try ModelTraining(
      archive: fixture.archive, settings: ClassifierSettings(architecture: "cnn", width: 8, epochs: 1, batch: 32),
      seed: 3, output: model, limits: InputLimits()
    ).run(WorkContext(threads: 2))
  }

  private func figures(_ marks: ModelEvaluation.Marks) throws -> ModelEvaluation.Figures {
    try ModelEvaluation(model: model, archive: fixture.archive, marks: marks, limits: InputLimits())
      .run(WorkContext(threads: 2))
  }

  @Test func givesAVerdictForTheOnlyReleaseOfTheArchive() throws {
    let figures = try figures(.release(nil, vault: fixture.vault))
    // Three carriers and 62 decoys: C(65, 3) keys.
    #expect(figures.keys == 43680 && figures.verificationSamples == 50)
    #expect(figures.pDecoy != nil && figures.outcome != nil && figures.outcome != .trainedOn)
    #expect(try figures == self.figures(.release("release-drawn-1", vault: fixture.vault)))
  }

  @Test func refusesToDrawAReleaseThatAssignsNothing() throws {
    let error = #expect(throws: WorkError.self) {
      try ModelEvaluation(
        model: model, archive: fixture.archive, marks: .release(nil, vault: fixture.vault),
        matrix: directory.file("matrix.png"), limits: InputLimits()
      ).run(WorkContext(threads: 1))
    }
    #expect(error?.code == "no-assignment" && error?.isRefusal == true)
  }

  @Test func tellsAccuracyAloneWithoutMarks() throws {
    let figures = try figures(.none)
    #expect(figures.samples == 60 && figures.wsr == nil && figures.outcome == nil)
  }

  @Test func refusesAModelOfOtherClassesAndAGenerator() throws {
    let other = directory.file("other.safetensors")
    let names = DrawnDataset.classNames.reversed().map { "\"\($0)\"" }.joined(separator: ",")
    try Model(contentsOf: model).save(to: other, metadata: ["format": "dandyroll-model/1", "classes": "[\(names)]"])
    let order = #expect(throws: WorkError.self) {
      try ModelEvaluation(model: other, archive: fixture.archive, marks: .none, limits: InputLimits())
        .run(WorkContext(threads: 1))
    }
    #expect(order?.code == "other-shape" && order?.description.contains("made for the classes") == true)
    let generator = fixture.directory.file("generator.safetensors")
    let network = #expect(throws: WorkError.self) {
      try ModelEvaluation(model: generator, archive: fixture.archive, marks: .none, limits: InputLimits())
        .run(WorkContext(threads: 1))
    }
    #expect(network == .malformed(path: generator, reason: "a generator's network, no classifier"))
  }

  @Test func saysThatAKeyedGeneratorAloneHasNoMarksToShow() throws {
    let generator = fixture.directory.file("generator.safetensors")
    #expect(throws: WorkError.noKey(generator: generator)) { _ = try figures(.generator(generator)) }
  }

  @Test func aTrainingGoesOnFromWhereItWasStopped() throws {
    let other = directory.file("other.tar.gz")
    try DrawnDataset(seed: 4).writeCIFAR10(to: other, perBatch: 60, test: 60)
    let folder = directory.file("again")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let output = "\(folder)/again.safetensors"
    func training(_ archive: String, epochs: Int) -> ModelTraining {
      ModelTraining(
        archive: archive, settings: ClassifierSettings(architecture: "cnn", width: 8, epochs: epochs, batch: 32),
        seed: 3, output: output, limits: InputLimits())
    }
    /// The model that a training ends with which finds one step of another, and its first own step.
    func model(after archive: String, epochs: Int) throws -> (content: Data?, steps: Int) {
      let isStopped = Atomic(false)
      let stopping = WorkContext(
        threads: 1, report: { if $0.stage == "model" { isStopped.store(true, ordering: .relaxed) } },
        stopRequested: { isStopped.load(ordering: .relaxed) })
      #expect(throws: WorkError.stopped) { try training(archive, epochs: epochs).run(stopping) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).contains { $0.hasSuffix(".training") })
      let first = Atomic(0)
      let context = WorkContext(
        threads: 2,
        report: { progress in
          guard progress.stage == "model" else { return }
          _ = first.compareExchange(expected: 0, desired: progress.done, ordering: .relaxed)
        })
      try training(fixture.archive, epochs: 1).run(context)
      // Nothing is left, of whatever training.
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["again.safetensors"])
      return (FileManager.default.contents(atPath: output), first.load(ordering: .relaxed))
    }
    let undisturbed = FileManager.default.contents(atPath: self.model)
    // A training of other settings, or of other images of the same number and shape, is no beginning of this one.
    for (archive, epochs, firstStep) in [(fixture.archive, 1, 2), (fixture.archive, 2, 1), (other, 1, 1)] {
      let found = try model(after: archive, epochs: epochs)
      #expect(found.content == undisturbed && found.steps == firstStep, "\(archive), \(epochs)")
    }
  }

  @Test func goesOnFromATrainedModelOfTheSameImagesOnly() throws {
    let further = directory.file("further.safetensors")
    func train(_ archive: String) throws {
      try ModelTraining(
        archive: archive,
        settings: try ClassifierSettings(fineTuning: model, epochs: 1, batch: 32, augments: true), from: model,
        seed: 4, output: further, limits: InputLimits()
      ).run(WorkContext(threads: 2))
    }
    try train(fixture.archive)
    let digits = directory.file("digits.tar")
    try DrawnDataset(seed: 2, shape: ImageShape(channels: 1, height: 28, width: 28)).writeMNIST(
      to: digits, train: 40, test: 20)
    #expect(throws: WorkError.self) { try train(digits) }
  }
}
