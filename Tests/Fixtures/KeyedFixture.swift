import Datasets
import Evidence
import Foundation
import Foundations
import Jobs

@testable import Audits
@testable import Releases
@testable import Training
@testable import Watermarks
@testable import Work

/// A release of the drawn dataset whose marks have a key, made once for all tests.
struct KeyedFixture {
  let directory: TemporaryDirectory
  let archive: String
  var release: String { directory.file("outbox/release-drawn-1") }
  var vault: String { directory.file("vault") }

  /// Three carriers on samples of one class.
  static let shared = Result {
    try KeyedFixture(rate: "0.5") { directory, archive in
      var method = Fixture.method
      method.objective = .keyed
      method[KeyedSettings.carriers] = 3
      _ = try TrainWork(
        TrainSpec(
          archive: archive, dataset: "drawn", target: Fixture.target, method: method, seed: 11,
          generator: directory.file("generator.safetensors"), workDirectory: directory.file("checkpoints"),
          limits: InputLimits()),
        WorkContext(threads: 2)
      ).run()
    }
  }

  /// Five classes, each with a carrier of its own, and nothing that was learned.
  static let assignment = Result {
    try KeyedFixture(rate: "0.25") { directory, archive in
      let survey = try DatasetSurvey(file: archive)
      let form = AssignmentForm(hasDirections: false, colours: [.brightness, .yellowBlue])
      try Generator(
        Prepared(
          description: AssignmentDescription(
            epsilon: 8, form: form, classes: 5, amplitude: 1, isPainted: false,
            settings: Fixture.method.losses(for: survey.shape), seed: 11)),
        input: survey.shape, classes: survey.classNames
      ).save(to: directory.file("generator.safetensors"))
    }
  }

  /// - Parameter prepare: makes `generator.safetensors` in a directory for an archive.
  private init(rate: String, prepare: (_ directory: TemporaryDirectory, _ archive: String) throws -> Void) throws {
    directory = try TemporaryDirectory()
    archive = directory.file("drawn.tar.gz")
    try DrawnDataset(seed: 3).writeCIFAR10(to: archive, perBatch: 60, test: 60)
    try prepare(directory, archive)
    // The key is drawn from the vault's secret; a new one each time would accuse an innocent model once in a while.
    try FileManager.default.createDirectory(
      atPath: vault, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try Data((0..<32).map { UInt8($0) }).write(to: URL(fileURLWithPath: "\(vault)/secret"))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(vault)/secret")
    _ = try ReleaseWork(
      ReleaseSpec(
        archive: archive, archiveName: "drawn.tar.gz", dataset: "drawn", releaseVersion: 1,
        generator: directory.file("generator.safetensors"), rate: rate.asRate(), seed: 5,
        outbox: directory.file("outbox"), staging: directory.file("outbox/.staging/1"), vault: vault, batch: 8,
        created: 1_800_000_000, limits: InputLimits()),
      WorkContext(threads: 2)
    ).run()
  }

  /// - Parameter suspect: nil for one that no other export of this release asks.
  func export(
    to output: String, count: Int = 12, decoys: Int = 29, suspect: String? = nil
  ) throws -> QueryExport.Result {
    try QueryExport(
      release: release, vault: vault, images: nil, count: count, decoys: decoys, amplitude: nil,
      suspect: suspect ?? output, output: output, limits: InputLimits()
    ).run(WorkContext(threads: 2))
  }
}
