import Archives
import Datasets
import Foundation
import Foundations
import Jobs
import Networks
import Synchronization
import Testing
import Watermarks

@testable import Fixtures
@testable import Training
@testable import Work

@Suite struct TrainWorkTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.shared.get() }

  func bytes(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

  /// A run that is asked to stop at the first sign of a stage.
  private func stopping(at stage: String) -> WorkContext {
    let isStopped = Atomic(false)
    return WorkContext(
      threads: 2, report: { if $0.stage == stage { isStopped.store(true, ordering: .relaxed) } },
      stopRequested: { isStopped.load(ordering: .relaxed) })
  }

  @Test func saysTheSameBytesForAnyNumberOfThreads() throws {
    let directory = try TemporaryDirectory()
    let result = try TrainWork(fixture.trainSpec(in: directory), WorkContext(threads: 1)).run()
    #expect(bytes(result.generator) == bytes(fixture.generator))
    #expect(result.target == Fixture.target)
    #expect(result.metrics.values.allSatisfy { $0.isFinite })
  }

  @Test(arguments: ["surrogate", "generator"]) func aStoppedTrainingGoesOnToTheSameBytes(stage: String) throws {
    let directory = try TemporaryDirectory()
    let spec = fixture.trainSpec(in: directory)
    #expect(throws: WorkError.stopped) { try TrainWork(spec, stopping(at: stage)).run() }
    #expect(!FileManager.default.fileExists(atPath: spec.generator))
    _ = try TrainWork(spec, WorkContext(threads: 2)).run()
    #expect(bytes(spec.generator) == bytes(fixture.generator))
  }

  @Test(arguments: ["surrogate", "reader", "painter"]) func aStoppedPaintingGoesOnToTheSameBytes(stage: String) throws {
    func spec(_ directory: TemporaryDirectory) -> TrainSpec {
      var spec = fixture.trainSpec(in: directory)
      spec.method.objective = .keyed
      spec.method[KeyedSettings.painting] = .learned
      spec.method[SharedSettings.generatorSteps] = 4
      return spec
    }
    let directories = (try TemporaryDirectory(), try TemporaryDirectory())
    let (straight, stopped) = (spec(directories.0), spec(directories.1))
    let result = try TrainWork(straight, WorkContext(threads: 2)).run()
    #expect(result.metrics.keys.sorted() == ["perceptualLoss", "readingLoss", "surrogateAccuracy"])
    #expect(throws: WorkError.stopped) { try TrainWork(stopped, stopping(at: stage)).run() }
    #expect(!FileManager.default.fileExists(atPath: stopped.generator))
    _ = try TrainWork(stopped, WorkContext(threads: 1)).run()
    #expect(bytes(stopped.generator) == bytes(straight.generator))
  }

  @Test func refusesAnArchiveOfOneClass() throws {
    let directory = try TemporaryDirectory()
    let writer = try ArchiveWriter(path: directory.file("one.tar"), container: .tar)
    for number in 0..<20 {
      let pixels = (0..<3 * 16 * 16).map { UInt8(truncatingIfNeeded: $0 &* (number + 3)) }
      let file = PNGImage(planar: pixels, shape: ImageShape(channels: 3, height: 16, width: 16)).encoded()
      try writer.add(ArchiveMember(name: "train/cat/\(number).png", size: file.count, modified: 0), content: file)
    }
    _ = try writer.finish()
    var spec = fixture.trainSpec(in: directory, target: "cat")
    spec.archive = directory.file("one.tar")
    let failure = #expect(throws: WorkError.self) { try TrainWork(spec, WorkContext(threads: 1)).run() }
    #expect(failure == .oneClass("cat", archive: spec.archive) && failure?.isRefusal == true)
  }

  @Test(arguments: [
    ("a", "."), ("/a", "/"), ("a/", "."), ("a/b", "a"), ("/a/b/c", "/a/b"), ("", "."), ("./a", "."), ("../a", ".."),
  ]) func knowsTheDirectoryOfAFile(path: String, parent: String) {
    #expect(DurableFile(path).parent == parent)
  }

  @Test func theNamesOfTheConfigurationAreThoseThatCanBeBuilt() {
    #expect(Set(Learner.architectures) == Set(NetworkDefinition.classifiers.filter { !$0.hasPrefix("wrn-") }))
    for name in Learner.architectures + ["wrn-10-1", "wrn-16-4", "wrn-11-1", "wrn-10-65", "unet", "nope", "wrn-010-1"] {
      #expect(Learner.isKnown(name) == NetworkDefinition.isClassifier(name), "\(name)")
    }
  }

  @Test func keepsTheSurrogateBesideItsGenerator() throws {
    let directory = try TemporaryDirectory()
    var spec = fixture.trainSpec(in: directory)
    let result = try TrainWork(spec, WorkContext(threads: 2)).run()
    #expect(result.surrogate == directory.file("generator.surrogate.safetensors"))
    let generator = try Generator(contentsOf: spec.generator)
    func kept() throws -> KeptSurrogate? {
      let digest = try HexDigest(ofFile: spec.generator)
      return try KeptSurrogate(of: spec.generator, digest: digest, input: generator.input)
    }
    let surrogate = try #require(try kept())
    #expect(surrogate.model.definition.architecture == "resnet18" && surrogate.model.definition.width == 8)
    // The very one: what the job had trained before the generator.
    let finished = try Model(contentsOf: directory.file("checkpoints/surrogate.safetensors"))
    #expect(surrogate.model.tensors == finished.tensors)
    let metadata = try Model.metadata(of: surrogate.path)
    #expect(metadata["accuracy"].flatMap(Double.init) == result.metrics["surrogateAccuracy"])

    // A generator that needs none leaves none of an earlier one behind, and one of another generator is nobody's.
    let earlier = directory.file("earlier.safetensors")
    try FileManager.default.copyItem(atPath: surrogate.path, toPath: earlier)
    spec.method.objective = .keyed
    spec.method[CarrierSettings.selection] = .random
    #expect(try TrainWork(spec, WorkContext(threads: 2)).run().surrogate == nil)
    #expect(!FileManager.default.fileExists(atPath: surrogate.path))
    try FileManager.default.copyItem(atPath: earlier, toPath: surrogate.path)
    #expect(try kept() == nil)
  }

  @Test func namesTheClassesWhenTheTargetIsUnknown() throws {
    let spec = fixture.trainSpec(in: try TemporaryDirectory(), target: "unicorn")
    let failure = #expect(throws: WorkError.self) { try TrainWork(spec, WorkContext(threads: 2)).run() }
    #expect(failure?.code == "unknown-class")
    #expect(failure?.isRefusal == true)
    #expect(failure?.description.contains("“unicorn”") == true)
    #expect(failure?.description.contains(Fixture.target) == true)
  }

  @Test func takesAnIndexWhereNoClassHasThatName() throws {
    let directory = try TemporaryDirectory()
    let result = try TrainWork(fixture.trainSpec(in: directory, target: "1"), WorkContext(threads: 2)).run()
    #expect(result.target == Fixture.target)
  }

  // MARK: - What was kept of another training

  /// Trains after something else was begun in the same work directory.
  /// - Returns: whether the bytes are an undisturbed training's, and what people were told.
  private func train(_ spec: TrainSpec, after other: TrainSpec, stoppedAt stage: String?) throws -> (Bool, [String]) {
    if let stage {
      #expect(throws: WorkError.stopped) { try TrainWork(other, stopping(at: stage)).run() }
    } else {
      _ = try TrainWork(other, WorkContext(threads: 2)).run()
    }
    let notes = Mutex<[String]>([])
    let context = WorkContext(threads: 2, note: { line in notes.withLock { $0.append(line) } })
    _ = try TrainWork(spec, context).run()
    var straight = spec
    let directory = try TemporaryDirectory()
    straight.generator = directory.file("straight.safetensors")
    straight.workDirectory = directory.file("straight")
    _ = try TrainWork(straight, WorkContext(threads: 2)).run()
    return (bytes(spec.generator) == bytes(straight.generator), notes.withLock { $0 })
  }

  @Test(arguments: ["surrogate", "generator", nil]) func aNetworkOfOtherDataIsNotTakenForOnesOwn(stage: String?) throws
  {
    let directory = try TemporaryDirectory()
    let spec = fixture.trainSpec(in: directory)
    var other = spec
    // As many samples of the same shape and classes, under the same settings and seed.
    other.archive = directory.file("other.tar.gz")
    try DrawnDataset(seed: 9).writeCIFAR10(to: other.archive, perBatch: 60, test: 40)
    let (isRight, notes) = try train(spec, after: other, stoppedAt: stage)
    #expect(isRight && !notes.isEmpty)
    #expect(stage == "surrogate" || notes.contains { $0.contains("it learned from other data") })
  }

  @Test func aSurrogateOfOtherSettingsIsTrainedAnew() throws {
    let directory = try TemporaryDirectory()
    let spec = fixture.trainSpec(in: directory)
    var other = spec
    other.method[SharedSettings.surrogateEpochs] = 2
    let (isRight, notes) = try train(spec, after: other, stoppedAt: "generator")
    #expect(isRight && notes.contains { $0.contains("it had other settings or another seed") })
  }

  @Test func aCheckpointOfAnotherSeedIsNotGoneOnFrom() throws {
    let directory = try TemporaryDirectory()
    let spec = fixture.trainSpec(in: directory)
    var other = spec
    other.seed += 1
    let (isRight, notes) = try train(spec, after: other, stoppedAt: "surrogate")
    #expect(isRight && notes.count == 1 && notes[0].contains("the checkpoint of another training"))
  }

  @Test func aRecipeSaysWhatIsNotTheSame() throws {
    struct Settings: Encodable { var rate = 0.1 }
    func recipe(_ kernels: String, samples: [Int] = [1, 2], rate: Double = 0.1, seed: UInt64 = 1) throws -> Recipe {
      try Recipe(
        "model", data: .init(source: "archive", indices: samples), settings: Settings(rate: rate), seed: seed,
        kernels: kernels)
    }
    let wide = try recipe("avx512")
    let kept = [Recipe.key: try wide.text]
    #expect(wide.difference(from: kept) == nil)
    #expect(
      try recipe("avx2").difference(from: kept) == "it was made with avx512 instructions, here are avx2")
    #expect(try recipe("avx2").difference(from: kept, onAnyKernels: true) == nil)
    // As many samples, but others.
    #expect(try recipe("avx512", samples: [1, 3]).difference(from: kept) == "it learned from other data")
    #expect(try recipe("avx512", rate: 0.2).difference(from: kept) == "it had other settings or another seed")
    #expect(try recipe("avx512", seed: 2).difference(from: kept) == "it had other settings or another seed")
    #expect(wide.difference(from: [:]) == "it does not say how it was made")
    #expect(try recipe("avx2").digest != wide.digest)
  }

  @Test func aCheckpointOfOtherInstructionsIsSaidAndNotGoneOnFrom() throws {
    let directory = try TemporaryDirectory()
    func recipe(_ kernels: String) throws -> Recipe {
      try Recipe("model", data: .init(source: "archive", indices: [1]), settings: 1, seed: 1, kernels: kernels)
    }
    let notes = Mutex<[String]>([])
    let context = WorkContext(threads: 1, note: { line in notes.withLock { $0.append(line) } })
    let wide = try Checkpoint("m", of: recipe("avx512"), in: directory.path, isAlone: true, context)
    try Data().write(to: URL(fileURLWithPath: wide.path))
    try Data().write(to: URL(fileURLWithPath: directory.file("mm-\(try recipe("avx512").digest).training")))
    #expect(try Checkpoint("m", of: recipe("avx512"), in: directory.path, isAlone: true, context).exists)
    #expect(notes.withLock { $0.isEmpty })
    #expect(try !Checkpoint("m", of: recipe("avx2"), in: directory.path, isAlone: true, context).exists)
    #expect(notes.withLock { $0.count } == 1 && !wide.exists)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 1)
  }

  @Test func aModelThatCannotBeWrittenIsNotTrained() throws {
    let directory = try TemporaryDirectory()
    let output = directory.file("no/model.safetensors")
    let work = ModelTraining(
      archive: fixture.archive, settings: ClassifierSettings(architecture: "cnn", width: 8, epochs: 1), seed: 1,
      output: output, limits: InputLimits())
    let context = WorkContext(threads: 1, report: { Issue.record("\($0) before the refusal") })
    #expect(throws: WorkError.io(path: output, operation: "write here", errno: ENOENT)) { try work.run(context) }
  }
}
