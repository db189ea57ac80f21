import Datasets
import Foundation
import Jobs
import NeuralNet
import Synchronization
import Testing
import Watermarks

@testable import Workers

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
    #expect(result.targetClass == Fixture.target)
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
      spec.method.painting = .learned
      spec.method.generatorSteps = 4
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
      let digest = try BagIt.digest(of: spec.generator)
      return try KeptSurrogate(of: spec.generator, digest: digest, definition: generator.network.definition)
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
    spec.method.selection = .random
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
    #expect(result.targetClass == Fixture.target)
  }

  @Test func refusesACheckpointOfAnotherTraining() throws {
    let directory = try TemporaryDirectory()
    var spec = fixture.trainSpec(in: directory)
    #expect(throws: WorkError.stopped) { try TrainWork(spec, stopping(at: "surrogate")).run() }
    spec.seed += 1
    let failure = #expect(throws: (any Error).self) { try TrainWork(spec, WorkContext(threads: 2)).run() }
    #expect(failure.map { JobFailure($0, stage: "train").code } == "other-training")
  }
}
