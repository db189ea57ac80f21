import Archives
import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Testing

@testable import Fixtures
@testable import Releases
@testable import Training
@testable import Watermarks
@testable import Work

/// Methods that give marked samples to other classes, from consent to a verified release.
@Suite struct LabelChangeReleaseTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func settings(_ method: MethodName, consents: Bool = true) throws -> MethodSettings {
    var settings = MethodSettings(of: try MethodRegistry.standard.method(named: method).declaration)
    settings[SharedSettings.allowLabelChanges] = consents
    return settings
  }

  private func train(_ settings: MethodSettings, on archive: String, target: String = "") throws -> String {
    let generator = directory.file("\(settings.objective).safetensors")
    _ = try TrainWork(
      TrainSpec(
        archive: archive, dataset: "drawn", target: target, method: settings, seed: 11, generator: generator,
        workDirectory: directory.file("checkpoints"), limits: InputLimits()),
      WorkContext(threads: 1)
    ).run()
    return generator
  }

  private func release(_ generator: String, of archive: String, rate: String? = nil) throws -> ReleaseSpec {
    let spec = ReleaseSpec(
      archive: archive, archiveName: "drawn.tar", dataset: "drawn", releaseVersion: 1, generator: generator,
      rate: try rate?.asRate(), seed: 5, outbox: directory.file("outbox"), staging: directory.file("outbox/.staging/1"),
      vault: directory.file("vault"), batch: 8, created: 1_800_000_000, limits: InputLimits())
    let result = try ReleaseWork(spec, secret: .ofExperiment(seed: 1), WorkContext(threads: 1)).run()
    #expect(result.changesLabels == true)
    return spec
  }

  private func checks(_ spec: ReleaseSpec, vault: Bool = true) throws -> [ReleaseVerification.Check] {
    try ReleaseVerification(
      directory: "\(spec.outbox)/\(spec.name)", vault: vault ? spec.vault : nil, original: spec.archive,
      limits: InputLimits()
    ).checks
  }

  private func cifar() throws -> String {
    let archive = directory.file("drawn.tar")
    try DrawnDataset(seed: 1).writeCIFAR10(to: archive, container: .tar, perBatch: 40, test: 20)
    return archive
  }

  private static let methods: [MethodName] = [.badNets, .blended, .waNet, .ubwP]

  @Test(arguments: methods) func aReleaseSaysThatLabelsChangedAndVerifies(method: MethodName) throws {
    let archive = try cifar()
    let spec = try release(train(settings(method), on: archive, target: "3"), of: archive)
    for vault in [true, false] {
      let broken = try checks(spec, vault: vault).filter { !$0.holds }
      #expect(broken.isEmpty, "\(broken)")
    }
    let document = try CanonicalJSON.decode(
      ReleaseDocument.self, from: directory.file("outbox/release-drawn-1/release.json"))
    #expect(document.changesLabels == true && (document.displacement != nil) == (method == .waNet))
    #expect(
      try String(contentsOfFile: directory.file("outbox/release-drawn-1/croissant.json"), encoding: .utf8)
        .contains("labels of other classes"))
    // Made again by another batch size, it is the same.
    #expect(try ReleaseWork(spec, secret: .ofExperiment(seed: 1), WorkContext(threads: 2)).run().changesLabels == true)

    let survey = try DatasetSurvey(file: "\(spec.outbox)/\(spec.name)/\(document.archive.path)", onProgress: { _ in })
    let before = try DatasetSurvey(file: archive, onProgress: { _ in })
    let changed = survey.labels.indices.filter { survey.labels[$0] != before.labels[$0] }
    #expect(!changed.isEmpty && changed.allSatisfy { survey.splits[$0] == .train })
    if method != .ubwP { #expect(changed.allSatisfy { survey.labels[$0] == 3 }) }
    // 5 and 10 % of 200 training samples, those of the target among them.
    #expect(changed.count <= (method == .badNets || method == .blended ? 10 : 20))
  }

  @Test(arguments: methods) func withoutConsentNothingIsMade(method: MethodName) throws {
    let archive = try cifar()
    let error = #expect(throws: WatermarkError.self) {
      try train(settings(method, consents: false), on: archive)
    }
    #expect(error == .labelChanges(method: method))
    #expect(error?.description.contains("allow-label-changes = true") == true)
    #expect(!FileManager.default.fileExists(atPath: directory.file("checkpoints")))
  }

  @Test func aLabelThatNobodyCommittedToIsFound() throws {
    let archive = try cifar()
    let spec = try release(train(settings(.badNets), on: archive, target: "3"), of: archive)
    let path = "\(spec.outbox)/\(spec.name)/data/drawn.tar"
    let marked = try Vault(root: spec.vault, release: spec.name).marks().map(\.index)
    let original = try DatasetSurvey(file: archive, onProgress: { _ in })
    let innocent = try #require(original.indices(in: .train).first { !marked.contains($0) })
    let forged = directory.file("forged.tar")
    let survey = try DatasetSurvey(file: path, onProgress: { _ in })
    _ = try ArchiveRewriter(
      survey, batch: 8, budget: nil,
      relabelling: LabelChanges(
        survey, classes: [innocent: (survey.labels[innocent] + 1) % 10], limits: InputLimits())
    ).rewrite(to: forged, choose: { _ in false }, onProgress: { _ in }, marker: { _, _ in })
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: forged, toPath: path)
    let broken = try checks(spec).filter { !$0.holds }.map(\.rule)
    #expect(broken.contains("splits and order are the original's, and so are all labels but those of marked samples"))
  }

  @Test func digitsAndFoldersAreMarkedToo() throws {
    let digits = directory.file("digits.tar")
    try DrawnDataset(seed: 1, shape: ImageShape(channels: 1, height: 28, width: 28)).writeMNIST(
      to: digits, train: 100, test: 20)
    let spec = try release(train(settings(.waNet), on: digits, target: "2"), of: digits)
    #expect(try checks(spec).filter { !$0.holds }.isEmpty)
    try FileManager.default.removeItem(atPath: directory.file("outbox"))
    try FileManager.default.removeItem(atPath: directory.file("vault"))

    let folder = directory.file("folder.tar")
    try DrawnDataset(seed: 1).writeImageFolder(
      to: folder, container: .tar, trainPerClass: 10, testPerClass: 2, jpegQuality: 90)
    let second = try release(train(settings(.ubwP), on: folder), of: folder)
    #expect(try checks(second).filter { !$0.holds }.isEmpty)
  }

  @Test func whatCannotBeMarkedIsRefusedBeforeAnythingIsTrained() throws {
    let archive = try cifar()
    var large = try settings(.badNets)
    large[TriggerSettings.patchSize] = 33
    let error = #expect(throws: WatermarkError.self) { try train(large, on: archive) }
    #expect(error?.description.contains("room for a patch of 33×33") == true)
    #expect(throws: WorkError.self) { try train(settings(.waNet), on: archive, target: "zebra") }
    // Files of a directory are read in the order of their names.
    for name in ["cat", "dog"] {
      try FileManager.default.createDirectory(
        atPath: directory.file("set/\(name)"), withIntermediateDirectories: true)
      for number in 0..<3 {
        let pixels = DrawnDataset(seed: 1).pixels(label: name == "cat" ? 0 : 1, number: number)
        try Data(PNGImage(planar: pixels, shape: ImageShape(channels: 3, height: 32, width: 32)).encoded())
          .write(to: URL(filePath: directory.file("set/\(name)/\(number).png")))
      }
    }
    let fixed = #expect(throws: DatasetError.self) { try train(settings(.badNets), on: directory.file("set")) }
    #expect(fixed?.code == "fixed-labels")
    // More than there are.
    #expect(throws: WorkError.self) { try release(train(settings(.waNet), on: archive), of: archive, rate: "0.5") }
  }
}
