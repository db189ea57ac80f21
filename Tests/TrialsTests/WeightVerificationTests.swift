import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Networks
import NeuralNet
import Testing

@testable import Fixtures
@testable import Releases
@testable import Trials
@testable import Watermarks
@testable import Work

/// A release of radioactive marks, whose marker network keeps its first weights: nothing here rests on a training.
private struct RadioactiveRelease {
  let directory: TemporaryDirectory
  let archive: String
  let network: Model
  var release: String { directory.file("outbox/release-drawn-1") }
  var vault: String { directory.file("vault") }

  static let shared = Result { try RadioactiveRelease() }

  private init() throws {
    directory = try TemporaryDirectory()
    archive = directory.file("drawn.tar.gz")
    try DrawnDataset(seed: 3).writeCIFAR10(to: archive, perBatch: 40, test: 40)
    let survey = try DatasetSurvey(file: archive)
    network = try Model(
      NetworkDefinition(
        architecture: "resnet18", width: 8, input: survey.shape, classes: survey.classNames.count), seed: 7)
    let marking = FeatureMarking.Settings(steps: 6, rate: 20, pixelWeight: 0.0005, featureWeight: 0.01)
    let generator = directory.file("generator.safetensors")
    try Generator(
      Prepared(network: network, description: RadioactiveDescription(epsilon: 10, marking: marking, amplitude: 1)),
      input: survey.shape, classes: survey.classNames
    ).save(to: generator)
    // The carriers are drawn from the vault's secret; new ones each time would accuse an innocent model once in a while.
    try FileManager.default.createDirectory(
      atPath: vault, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try Data((0..<32).map { UInt8($0) }).write(to: URL(fileURLWithPath: "\(vault)/secret"))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(vault)/secret")
    _ = try ReleaseWork(
      ReleaseSpec(
        archive: archive, archiveName: "drawn.tar.gz", dataset: "drawn", releaseVersion: 1, generator: generator,
        rate: "30% of dataset".asRate(), seed: 5, outbox: directory.file("outbox"),
        staging: directory.file("outbox/.staging/1"), vault: vault, batch: 8, created: 1_800_000_000,
        limits: InputLimits()),
      WorkContext(threads: 2)
    ).run()
  }

  func owned() throws -> OwnedRelease { try OwnedRelease("release-drawn-1", in: vault, methods: .standard) }

  func report(
    _ model: String, align: WeightVerification.Alignment = .test, decoys: Int = 199, network: Learner? = nil
  ) throws -> WeightReport {
    try WeightVerification(
      model: model, network: network, release: release, vault: vault, original: archive,
      settings: .init(align: align, images: 30, decoys: decoys), limits: InputLimits()
    ).run(WorkContext(threads: 2))
  }
}

@Suite struct WeightVerificationTests {
  private let fixture: RadioactiveRelease
  private let directory: TemporaryDirectory

  init() throws {
    fixture = try RadioactiveRelease.shared.get()
    directory = try TemporaryDirectory()
  }

  /// The marker network with a last layer that leans towards the carriers, as one that has learned them does.
  private func guilty(_ lean: Float) throws -> String {
    let owned = try fixture.owned()
    let watermark = try #require(owned.generator.watermark as? any FeatureCarriers)
    let name = try #require(fixture.network.definition.headWeight)
    var tensors = fixture.network.tensors
    let weight = try #require(tensors[name])
    let width = weight.shape[1]
    let carriers = try (0..<10).flatMap { label in
      try watermark.carrier(ofClass: label, set: 0, count: width, owned.secret)
    }
    tensors[name] = Tensor(shape: weight.shape, values: zip(weight.values, carriers).map { $0 + lean * $1 })
    let path = directory.file("guilty.safetensors")
    try Model(fixture.network.definition, tensors: tensors).save(to: path)
    return path
  }

  @Test func aReleaseIsVerifiedAsItWasCommitted() throws {
    let verification = try ReleaseVerification(
      directory: fixture.release, vault: fixture.vault, original: fixture.archive, limits: InputLimits())
    #expect(verification.holds, "\(verification.checks.filter { !$0.holds })")
  }

  @Test(arguments: [WeightVerification.Alignment.test, .marked])
  func weightsThatLeanTowardsTheCarriersConvict(align: WeightVerification.Alignment) throws {
    let report = try fixture.report(guilty(2), align: align, decoys: align == .test ? 199 : 3)
    #expect(report.log10P < -20 && report.above == 0 && report.equal == 0)
    #expect(report.outcome == (align == .test ? .trainedOn : .inconclusive))
    #expect(report.classes.count == 10 && report.classes.allSatisfy { $0.cosine > 0.3 })
    #expect(report.p == 1 / Double(report.decoys + 1))
    #expect(report.markerFeatures == 64 && report.features == 64 && report.images == 30)
    let line = try CanonicalJSON.line(report)
    #expect(try CanonicalJSON.decode(WeightReport.self, from: line.utf8) == report)
  }

  @Test func theMarkerItselfIsInnocentAndAPyTorchFileIsReadByItsNames() throws {
    let path = directory.file("model.safetensors")
    try fixture.network.save(to: path)
    let report = try fixture.report(path)
    #expect(report.outcome == .notShown && report.p > 0.01)
    // Names and shapes as before, and nothing that says what they are.
    let bare = directory.file("bare.safetensors")
    try SafetensorsWriter.write(fixture.network.tensors, metadata: [:], to: bare)
    #expect(try fixture.report(bare, network: Learner(architecture: "resnet18", width: 8)) == report)
    let error = #expect(throws: WorkError.self) { try fixture.report(bare) }
    #expect(error?.description.contains("--architecture") == true)
  }

  @Test func hostileWeightsAreRefusedAsOtherFilesAre() throws {
    let path = directory.file("hostile.safetensors")
    let network = Learner(architecture: "resnet18", width: 8)
    func refused(_ change: (inout [String: Tensor]) throws -> Void) throws -> NeuralNetError? {
      var tensors = fixture.network.tensors
      try change(&tensors)
      try SafetensorsWriter.write(tensors, metadata: [:], to: path)
      return #expect(throws: NeuralNetError.self) { try fixture.report(path, network: network) }
    }
    func isMissing(_ error: NeuralNetError?) -> Bool {
      if case .missingTensor = error { true } else { false }
    }
    func isMisshapen(_ error: NeuralNetError?) -> Bool {
      if case .misshapenTensor = error { true } else { false }
    }
    func isNoNumber(_ error: NeuralNetError?) -> Bool {
      if case .notFinite = error { true } else { false }
    }
    #expect(isMissing(try refused { $0["layer4.0.conv1.weight"] = nil }))
    #expect(
      isNoNumber(
        try refused { tensors in
          let weight = try #require(tensors["fc.weight"])
          tensors["fc.weight"] = Tensor(shape: weight.shape, values: weight.values.map { _ in .nan })
        }))
    #expect(
      isMisshapen(
        try refused { $0["fc.weight"] = Tensor(shape: [10, 32], values: [Float](repeating: 0, count: 320)) }))
    try fixture.network.save(to: path)
    // What it says it is comes before what somebody else says.
    #expect(throws: Never.self) { try fixture.report(path, decoys: 1, network: Learner(architecture: "cnn", width: 4)) }
    let others = try Model(
      NetworkDefinition(architecture: "resnet18", width: 8, input: fixture.network.definition.input, classes: 4),
      seed: 1)
    try others.save(to: path)
    #expect(throws: WorkError.self) { try fixture.report(path) }
  }

  @Test func aReleaseOfOtherMarksSaysNothingOfWeights() throws {
    let keyed = try KeyedFixture.shared.get()
    let error = #expect(throws: WorkError.self) {
      try WeightVerification(
        model: "no such file", network: nil, release: keyed.release, vault: keyed.vault, original: keyed.archive,
        settings: .init(align: .test), limits: InputLimits()
      ).run(WorkContext(threads: 1))
    }
    #expect(error == .noFeatureCarriers(release: keyed.release, method: "keyed") && error?.isRefusal == true)
  }
}
