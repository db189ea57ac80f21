import Datasets
import Evidence
import Foundation
import Jobs
import Synchronization
import Testing
import Watermarks

@testable import Workers

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

  @Test func tellsAccuracyAloneWithoutMarks() throws {
    let figures = try figures(.none)
    #expect(figures.samples == 60 && figures.wsr == nil && figures.outcome == nil)
  }

  @Test func saysThatAKeyedGeneratorAloneHasNoMarksToShow() throws {
    let generator = fixture.directory.file("generator.safetensors")
    #expect(throws: WorkError.noKey(generator: generator)) { _ = try figures(.generator(generator)) }
  }

  @Test func aStoppedTrainingGoesOnToTheSameBytes() throws {
    let output = directory.file("again.safetensors")
    func train(_ epochs: Int, _ context: WorkContext) throws {
      try ModelTraining(
        archive: fixture.archive,
        settings: ClassifierSettings(architecture: "cnn", width: 8, epochs: epochs, batch: 32), seed: 3,
        output: output, limits: InputLimits()
      ).run(context)
    }
    /// Stopped so many steps after the first one.
    func trainAndStop(_ epochs: Int, after limit: Int) {
      let isTraining = Atomic(false)
      let asked = Atomic(0)
      let context = WorkContext(
        threads: 2, report: { if $0.unit == "steps" { isTraining.store(true, ordering: .relaxed) } },
        stopRequested: {
          isTraining.load(ordering: .relaxed) && asked.add(1, ordering: .relaxed).newValue > limit
        })
      #expect(throws: WorkError.stopped) { try train(epochs, context) }
    }
    // What another training left is no beginning of this one.
    trainAndStop(2, after: 9)
    trainAndStop(1, after: 2)
    #expect(!FileManager.default.fileExists(atPath: output))
    let steps = Mutex<[Int]>([])
    try train(
      1,
      WorkContext(threads: 1) { progress in
        if progress.unit == "steps" { steps.withLock { $0.append(Int(progress.done)) } }
      })
    #expect(steps.withLock { $0.first } == 4)
    #expect(FileManager.default.contents(atPath: output) == FileManager.default.contents(atPath: model))
    #expect(!FileManager.default.fileExists(atPath: output + ".training"))
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
