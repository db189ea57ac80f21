import Archives
import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Synchronization
import Testing
import Watermarks

@testable import Fixtures
@testable import Releases
@testable import Training
@testable import Work

@Suite struct ReleaseWorkTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.shared.get() }

  @Test func publishesTheSameBytesForAnyThreadsAndBatch() throws {
    let (one, two) = (try TemporaryDirectory(), try TemporaryDirectory())
    _ = try ReleaseWork(fixture.releaseSpec(in: one, batch: 3), WorkContext(threads: 1)).run()
    _ = try ReleaseWork(fixture.releaseSpec(in: two, batch: 64), WorkContext(threads: 3)).run()
    #expect(try contents(of: one.file("outbox/release-drawn-1")) == contents(of: two.file("outbox/release-drawn-1")))
    #expect(try contents(of: one.file("vault")) == contents(of: two.file("vault")))
  }

  @Test func anotherSeedMarksOtherSamples() throws {
    let (one, two) = (try TemporaryDirectory(), try TemporaryDirectory())
    _ = try ReleaseWork(fixture.releaseSpec(in: one, seed: 1), WorkContext(threads: 2)).run()
    _ = try ReleaseWork(fixture.releaseSpec(in: two, seed: 2), WorkContext(threads: 2)).run()
    let marks = try [one, two].map { directory in
      try Vault(root: directory.file("vault"), release: "release-drawn-1").marks().map(\.index)
    }
    #expect(marks[0].count == marks[1].count)
    #expect(marks[0] != marks[1])
  }

  @Test func theVaultHoldsAFewMarkedSamplesToLookAt() throws {
    let directory = try TemporaryDirectory()
    _ = try ReleaseWork(fixture.releaseSpec(in: directory), WorkContext(threads: 2)).run()
    let vault = Vault(root: directory.file("vault"), release: "release-drawn-1")
    let sheet = try CanonicalJSON.decode(SampleSheet.self, from: "\(vault.directory)/sheet.json")
    let marks = Set(try vault.marks().map(\.index))
    #expect(sheet.samples.count == min(SampleSheet.length, marks.count))
    for sample in sheet.samples {
      #expect(marks.contains(sample.index))
      let marked = try PNGImage(decoding: Array(sample.marked))
      let original = try PNGImage(decoding: Array(try #require(sample.original)))
      #expect(marked.shape == original.shape && marked.pixels != original.pixels)
    }
  }

  @Test func saysHowFarMarksAreFromTheirOriginals() throws {
    let directory = try TemporaryDirectory()
    let spec = try fixture.releaseSpec(in: directory)
    let result = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    let record = Vault(root: spec.vault, release: spec.name)
    let quality = try record.quality()
    let ssim = try #require(quality.ssim)
    #expect(ssim > 0.5 && ssim < 1 && result.quality?["ssim"] == ssim)
    let perceptual = try #require(quality.perceptual)
    #expect(perceptual.measure == "feature distance" && perceptual.trunk == "resnet18:8" && perceptual.mean > 0)
    #expect(perceptual.images == result.markedSamples)
    #expect(result.quality?["featureDistance"] == perceptual.mean && result.quality?["lpips"] == nil)
    // The surrogate goes with the generator into the vault, and neither changes by it.
    let kept = try contents(of: record.directory)
    #expect(kept["surrogate.safetensors"] != nil)
    #expect(
      kept["surrogate.safetensors"]
        == FileManager.default.contents(atPath: KeptSurrogate.path(beside: fixture.generator)))
    #expect(kept["generator.safetensors"] == FileManager.default.contents(atPath: fixture.generator))
  }

  @Test func withoutASurrogateOnlyThePerceptualFigureIsMissing() throws {
    let (one, two) = (try TemporaryDirectory(), try TemporaryDirectory())
    _ = try ReleaseWork(fixture.releaseSpec(in: one), WorkContext(threads: 2)).run()
    var spec = try fixture.releaseSpec(in: two)
    spec.generator = two.file("alone.safetensors")
    try FileManager.default.copyItem(atPath: fixture.generator, toPath: spec.generator)
    let result = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    #expect(result.quality?["ssim"] != nil && result.quality?["featureDistance"] == nil)
    #expect(!FileManager.default.fileExists(atPath: two.file("vault/release-drawn-1/surrogate.safetensors")))
    // What is published does not depend on it.
    #expect(try contents(of: one.file("outbox/release-drawn-1")) == contents(of: two.file("outbox/release-drawn-1")))
  }

  @Test func runAgainAfterPublishingItReportsTheSame() throws {
    let directory = try TemporaryDirectory()
    let spec = try fixture.releaseSpec(in: directory)
    let first = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    let before = try contents(of: directory.path)
    #expect(try ReleaseWork(spec, WorkContext(threads: 2)).run() == first)
    #expect(try contents(of: directory.path) == before)
  }

  @Test func neverReplacesAnotherReleaseOrItsSecrets() throws {
    let directory = try TemporaryDirectory()
    _ = try ReleaseWork(fixture.releaseSpec(in: directory, seed: 1), WorkContext(threads: 2)).run()
    let before = try contents(of: directory.path)
    let other = try ReleaseWork(fixture.releaseSpec(in: directory, seed: 2), WorkContext(threads: 2))
    let failure = #expect(throws: WorkError.self) { try other.run() }
    #expect(failure?.code == "other-release")
    try FileManager.default.removeItem(atPath: directory.file("outbox/release-drawn-1"))
    let secrets = #expect(throws: WorkError.self) { try other.run() }
    #expect(secrets?.code == "other-release")
    for (name, data) in before where name.hasPrefix("vault") {
      #expect(try contents(of: directory.path)[name] == data)
    }
  }

  @Test func aStoppedReleaseIsNeverHalfVisible() throws {
    let directory = try TemporaryDirectory()
    let spec = try fixture.releaseSpec(in: directory)
    let isStopped = Atomic(false)
    let context = WorkContext(
      threads: 2, report: { if $0.stage == "mark" { isStopped.store(true, ordering: .relaxed) } },
      stopRequested: { isStopped.load(ordering: .relaxed) })
    // The archive is so small that the stop may come too late; then the release is whole.
    if (try? ReleaseWork(spec, context).run()) == nil {
      #expect(!FileManager.default.fileExists(atPath: directory.file("outbox/release-drawn-1")))
    }
    _ = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    let verification = try ReleaseVerification(
      directory: directory.file("outbox/release-drawn-1"), vault: spec.vault, original: fixture.archive,
      limits: InputLimits())
    #expect(verification.holds)
  }

  @Test func theVaultIsPrivate() throws {
    let directory = try TemporaryDirectory()
    _ = try ReleaseWork(fixture.releaseSpec(in: directory), WorkContext(threads: 2)).run()
    let vault = directory.file("vault/release-drawn-1")
    for name in try FileManager.default.contentsOfDirectory(atPath: vault) {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(vault)/\(name)")
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
    }
    #expect(try FileManager.default.attributesOfItem(atPath: vault)[.posixPermissions] as? Int == 0o700)
  }

  @Test func releaseJSONTellsNeitherTargetNorMarksNorGenerator() throws {
    let directory = try TemporaryDirectory()
    let spec = try fixture.releaseSpec(in: directory)
    _ = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    let release = directory.file("outbox/release-drawn-1")
    let opening = try Vault(root: spec.vault, release: spec.name).opening()
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(release)/release.json"))
    let object = try JSONSerialization.jsonObject(with: data)
    let keys = try #require(object as? [String: Any]).keys.sorted()
    #expect(
      keys == [
        "archive", "classes", "commitment", "created", "dataset", "format", "image", "largestChange", "layout",
        "program", "samples", "version",
      ])
    for (name, data) in try contents(of: release) where !name.hasPrefix("data/") {
      let text = String(decoding: data, as: UTF8.self)
      #expect(!text.contains(opening.statement.generator.description), "\(name)")
      #expect(!text.contains(opening.statement.source.description), "\(name)")
    }
  }

  @Test(arguments: [("0.001", "selects 0"), ("100% of dataset", "selects 300")])
  func refusesARateThatCannotBe(rate: String, why: String) throws {
    let spec = try fixture.releaseSpec(in: try TemporaryDirectory(), rate: rate)
    let failure = #expect(throws: WorkError.self) { try ReleaseWork(spec, WorkContext(threads: 2)).run() }
    #expect(failure?.code == "impossible-rate")
    #expect(failure?.description.contains(why) == true)
  }

  @Test func countsWhatARateMeans() throws {
    #expect(try "0.29".asRate().count(candidates: 100, training: 1000, archive: "a") == 29)
    #expect(try "50%".asRate().count(candidates: 5001, training: 50_000, archive: "a") == 2500)
    #expect(try "10% of dataset".asRate().count(candidates: 5000, training: 50_000, archive: "a") == 5000)
    let tooMuch = try "11% of dataset".asRate()
    #expect(throws: WorkError.self) { try tooMuch.count(candidates: 5000, training: 50_000, archive: "a") }
  }

  @Test func refusesAGeneratorOfAnotherShape() throws {
    let directory = try TemporaryDirectory()
    var spec = try fixture.releaseSpec(in: directory)
    spec.archive = directory.file("grey.tar.gz")
    try DrawnDataset(seed: 2, shape: ImageShape(channels: 1, height: 28, width: 28))
      .writeImageFolder(to: spec.archive, trainPerClass: 2, testPerClass: 1)
    let failure = #expect(throws: WorkError.self) { try ReleaseWork(spec, WorkContext(threads: 2)).run() }
    #expect(failure?.code == "other-shape")
    #expect(failure?.description.contains("3×32×32") == true && failure?.description.contains("1×28×28") == true)
  }

  @Test func refusesAFileThatIsNoGenerator() throws {
    let directory = try TemporaryDirectory()
    var spec = try fixture.releaseSpec(in: directory)
    spec.generator = directory.file("model.safetensors")
    try ModelTraining(
      archive: fixture.archive,
      settings: ClassifierSettings(architecture: "resnet18", width: 8, epochs: 1), seed: 1, output: spec.generator,
      limits: InputLimits()
    ).run(WorkContext(threads: 2))
    let failure = #expect(throws: (any Error).self) { try ReleaseWork(spec, WorkContext(threads: 2)).run() }
    #expect(failure.map { JobFailure($0, stage: "release").code } == "not-a-generator")
  }

  @Test func marksAnImageFolderToo() throws {
    let directory = try TemporaryDirectory()
    let archive = directory.file("folder.tar.zst")
    try DrawnDataset(seed: 3).writeImageFolder(to: archive, container: .tarZstd, trainPerClass: 8, testPerClass: 2)
    var train = fixture.trainSpec(in: directory)
    train.archive = archive
    train.method[SharedSettings.generatorSteps] = 2
    _ = try TrainWork(train, WorkContext(threads: 2)).run()
    var spec = try fixture.releaseSpec(in: directory)
    (spec.archive, spec.archiveName, spec.generator) = (archive, "folder.tar.zst", train.generator)
    let result = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    #expect(result.markedSamples == 4)
    let verification = try ReleaseVerification(
      directory: result.directory, vault: spec.vault, original: archive, limits: InputLimits())
    #expect(verification.checks.filter { !$0.holds } == [])
  }
}
