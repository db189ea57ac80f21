import Archives
import Datasets
import Evidence
import Foundation
import Foundations
import Jobs

@testable import Audits
@testable import Releases
@testable import Work

/// A release whose marks have a key with a vault of its own, so that a test may add to it.
struct QualifiedFixture: Sendable {
  let directory: TemporaryDirectory
  let archive: String
  var release: String { directory.file("outbox/release-drawn-1") }
  var vault: String { directory.file("vault") }
  var record: Vault { Vault(root: vault, release: "release-drawn-1") }

  /// A copy of a shared release.
  init(of shared: Result<KeyedFixture, any Error> = KeyedFixture.shared) throws {
    let shared = try shared.get()
    directory = try TemporaryDirectory()
    archive = shared.archive
    let files = FileManager.default
    try files.copyItem(atPath: shared.directory.file("outbox"), toPath: directory.file("outbox"))
    // Audits and exports belong to other tests, which may be writing them.
    try files.createDirectory(atPath: record.directory, withIntermediateDirectories: true)
    let source = shared.directory.file("vault/release-drawn-1")
    for name in try files.contentsOfDirectory(atPath: source) where !["audits", "queries"].contains(name) {
      try files.copyItem(atPath: "\(source)/\(name)", toPath: "\(record.directory)/\(name)")
    }
  }

  /// A release and a vault of its own.
  init(copying other: QualifiedFixture) throws {
    directory = try TemporaryDirectory()
    archive = other.archive
    for name in ["outbox", "vault"] {
      try FileManager.default.copyItem(atPath: other.directory.file(name), toPath: directory.file(name))
    }
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

  /// A release of other data, marked by the shared generator.
  /// - Parameter image: label and pixels of a record: its file (0 … 4 train, 5 test) and its number in it.
  init(perBatch: Int = 60, test: Int = 60, image: (_ file: Int, _ number: Int) -> (label: Int, pixels: [UInt8])) throws
  {
    directory = try TemporaryDirectory()
    archive = directory.file("drawn.tar.gz")
    let writer = try ArchiveWriter(path: archive, container: .tarGzip)
    let names = DrawnDataset.classNames.map { $0 + "\n" }.joined()
    func member(_ name: String, _ size: Int) -> ArchiveMember {
      ArchiveMember(name: "cifar-10-batches-bin/\(name)", size: size, modified: 0)
    }
    try writer.add(member("batches.meta.txt", names.utf8.count), content: Array(names.utf8))
    for file in 0..<6 {
      let count = file == 5 ? test : perBatch
      try writer.begin(member(file == 5 ? "test_batch.bin" : "data_batch_\(file + 1).bin", count * 3073))
      for number in 0..<count {
        let (label, pixels) = image(file, number)
        let record = [UInt8(label)] + pixels
        try writer.write(record.span)
      }
    }
    _ = try writer.finish()
    _ = try ReleaseWork(
      ReleaseSpec(
        archive: archive, archiveName: "drawn.tar.gz", dataset: "drawn", releaseVersion: 1,
        generator: KeyedFixture.shared.get().directory.file("generator.safetensors"), rate: "0.5".asRate(), seed: 5,
        outbox: directory.file("outbox"), staging: directory.file("outbox/.staging/1"), vault: vault, batch: 8,
        created: 1_800_000_000, limits: InputLimits()),
      WorkContext(threads: 2)
    ).run()
  }

  /// Ten classes of one colour each, with noise: what any network learns in a few dozen steps.
  static func colours() throws -> Self {
    try Self { file, number in
      let label = number % 10
      var state = UInt64(file * 1000 + number + 1)
      let pixels = (0..<3072).map { index -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let colour = index / 1024 == label % 3 ? 230 - label / 3 * 60 : 40 + label * 5
        return UInt8(colour) + UInt8(state >> 60)
      }
      return (label, pixels)
    }
  }

  /// Small enough for a test; its models learn little, so its gate passes nobody.
  static let settings = QualifySettings(
    learners: [Learner(architecture: "cnn", width: 8)], seeds: 1, epochs: 2, samples: 0, images: 20, decoys: 19,
    alpha: 0.05)

  func qualifySpec(work: String, usesPanel: Bool = true) -> QualifySpec {
    QualifySpec(
      release: release, vault: vault, original: archive, settings: Self.settings, seed: 4, usesPanel: usesPanel,
      workDirectory: work, limits: InputLimits())
  }

  func referenceSpec(models: Int, work: String) -> ReferenceSpec {
    ReferenceSpec(
      archive: archive, release: "release-drawn-1", vault: vault, models: "\(vault)/panels/drawn",
      settings: ReferenceSettings(models: models, epochs: 24, samples: 0), workDirectory: work, limits: InputLimits())
  }
}
