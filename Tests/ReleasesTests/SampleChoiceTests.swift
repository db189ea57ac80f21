import Archives
import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Testing
import Watermarks

@testable import Fixtures
@testable import Releases
@testable import Training
@testable import Work

/// Which samples are marked: none that the archive has twice, and of a class that does not depend on what comes first.
@Suite struct SampleChoiceTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// An image folder: pictures that are told apart by a number, those of one number being equal.
  func archive(_ members: [Member]) throws -> String {
    let path = directory.file("set.tar")
    let writer = try ArchiveWriter(path: path, container: .tar)
    for (name, number) in members {
      let pixels = (0..<3 * 16 * 16).map { UInt8(truncatingIfNeeded: 60 + $0 % 50 + number * 5) }
      let file = PNGImage(planar: pixels, shape: ImageShape(channels: 3, height: 16, width: 16)).encoded()
      let content = number < 0 ? Array(file.prefix(60)) : file
      try writer.add(ArchiveMember(name: name, size: content.count, modified: 0), content: content)
    }
    _ = try writer.finish()
    return path
  }

  func train(_ archive: String, target: String) throws -> TrainResult {
    var method = Fixture.method
    method.objective = .keyed
    method[CarrierSettings.selection] = .random
    var limits = InputLimits()
    limits.badSampleShare = 0.5
    return try TrainWork(
      TrainSpec(
        archive: archive, dataset: "set", target: target, method: method, seed: 3,
        generator: directory.file("generator.safetensors"), workDirectory: directory.file("checkpoints"), limits: limits
      ),
      WorkContext(threads: 1)
    ).run()
  }

  func release(_ archive: String, rate: String) throws -> (ReleaseResult, Vault) {
    var limits = InputLimits()
    limits.badSampleShare = 0.5
    let spec = ReleaseSpec(
      archive: archive, archiveName: "set.tar", dataset: "set", releaseVersion: 1,
      generator: directory.file("generator.safetensors"), rate: try rate.asRate(), seed: 5,
      outbox: directory.file("outbox"), staging: directory.file("outbox/.staging/1"), vault: directory.file("vault"),
      batch: 8, created: 1_800_000_000, limits: limits)
    return (try ReleaseWork(spec, WorkContext(threads: 1)).run(), Vault(root: spec.vault, release: spec.name))
  }

  func verify(_ result: ReleaseResult, _ archive: String) throws -> ReleaseVerification {
    var limits = InputLimits()
    limits.badSampleShare = 0.5
    return try ReleaseVerification(
      directory: result.directory, vault: directory.file("vault"), original: archive, limits: limits)
  }

  typealias Member = (name: String, number: Int)

  static let members: [Member] = (0..<16).map { number in
    (name: "train/\(number < 8 ? "a" : "b")/\(number % 8).png", number: number < 8 ? number : 12 + number)
  }

  @Test func equalPicturesAreNotMarked() throws {
    // Twins within the class, in another class, in the test split, and in a folder that is no class.
    let archive = try archive(
      Self.members + [
        ("train/b/8.png", 21), ("train/a/8.png", 22), ("test/b/0.png", 23), ("train/.ipynb_checkpoints/4.png", 24),
        ("test/a/0.png", 40),
      ])
    _ = try train(archive, target: "b")
    let (result, vault) = try release(archive, rate: "100% of class")
    #expect(try vault.opening().leftOut == [9, 10, 11, 12, 16])
    #expect(try vault.marks().map(\.index) == [8, 13, 14, 15] && result.markedSamples == 4)
    #expect(try verify(result, archive).checks.filter { !$0.holds } == [])

    // Nothing that is there twice in the release is there in two forms.
    let released = try DatasetSurvey(file: "\(result.directory)/data/set.tar")
    let original = try DatasetSurvey(file: archive)
    #expect(released.repeated == original.repeated)
  }

  @Test func aChoiceThatMarksOneOfTwoEqualPicturesIsNotVerified() throws {
    let archive = try archive(Self.members + [("train/a/8.png", 22)])
    _ = try train(archive, target: "b")
    let (result, vault) = try release(archive, rate: "0.5")
    let path = "\(vault.directory)/opening.json"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try text.replacing("\"leftOut\":[10]", with: "\"leftOut\":[8]").write(
      toFile: path, atomically: true, encoding: .utf8)
    #expect(try verify(result, archive).checks.contains { !$0.holds && $0.rule.contains("not to be marked") })
  }

  @Test func recordsFromBeforeEqualPicturesWereLeftOutAreVerified() throws {
    let archive = try archive(Self.members)
    _ = try train(archive, target: "b")
    let (result, vault) = try release(archive, rate: "0.5")
    let path = "\(vault.directory)/opening.json"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.contains("\"leftOut\":[],"))
    try text.replacing("\"leftOut\":[],", with: "").write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try vault.opening().leftOut == nil)
    #expect(try verify(result, archive).holds)
  }

  @Test func refusesARateThatOnlyEqualPicturesWouldFill() throws {
    let archive = try archive(Self.members.map { (name: $0.name, number: $0.name.contains("/b/") ? 20 : $0.number) })
    _ = try train(archive, target: "b")
    let failure = #expect(throws: WorkError.self) { try release(archive, rate: "0.5") }
    #expect(failure?.code == "impossible-rate")
  }

  @Test func theTargetIsTheCommonestClassAndNotWhatComesFirst() throws {
    var members: [Member] = [("train/.hidden/0.png", 50), ("train/zz/0.png", 51), ("train/zz/1.png", 52)]
    members += Self.members
    members += [("train/b/8.png", 53), ("test/a/8.png", 54), ("test/a/9.png", 55)]
    #expect(try train(try archive(members), target: "").target == "b")
    #expect(try train(try archive(Self.members), target: "").target == "a")
  }

  @Test(arguments: ["images", "cats"], ["", "1", "cats"]) func refusesOneClassAndSaysWhatToDo(
    name: String, target: String
  ) throws {
    let archive = try archive((0..<9).map { (name: "\(name)/\($0).png", number: $0) })
    let failure = #expect(throws: WorkError.self) { try train(archive, target: target) }
    #expect(failure == .oneClass(name, archive: archive) && failure?.isRefusal == true)
    #expect(failure?.description.contains("a folder of its own") == true)
  }

  @Test func theVaultKeepsTheNamesAndReasonsOfSkippedSamples() throws {
    let archive = try archive(Self.members + [("train/a/bad.png", -1), ("train/b/worse.png", -1)])
    _ = try train(archive, target: "b")
    let (result, vault) = try release(archive, rate: "0.5")
    let skipped = try CanonicalJSON.decode(Vault.Skipped.self, from: "\(vault.directory)/skipped.json")
    #expect(skipped.count == 2 && skipped.files.map(\.member) == ["train/a/bad.png", "train/b/worse.png"])
    #expect(skipped.files.allSatisfy { $0.reason == "the image ends too early" })
    #expect(result.skippedSamples == 2 && result.skipped?.map(\.member) == skipped.files.map(\.member))
  }
}
