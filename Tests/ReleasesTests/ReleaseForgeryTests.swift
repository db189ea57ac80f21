import Archives
import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Testing
import Watermarks

@testable import Audits
@testable import EvidencePackages
@testable import Fixtures
@testable import Releases
@testable import Trials
@testable import Work

/// Releases and records of somebody who would like to be believed.
@Suite struct ReleaseForgeryTests {
  private let fixture: QualifiedFixture

  private static let small = Result {
    try QualifiedFixture(perBatch: 12, test: 12) { file, number in
      (number % 10, (0..<3072).map { UInt8(truncatingIfNeeded: $0 &* (file + 3) &+ number &* 29) })
    }
  }

  /// A copy of a small release and its record.
  init() throws { fixture = try QualifiedFixture(copying: Self.small.get()) }

  private var document: String { "\(fixture.release)/release.json" }

  private func verify(vault: String? = nil) throws -> ReleaseVerification {
    try ReleaseVerification(
      directory: fixture.release, vault: vault ?? fixture.vault, original: nil, limits: InputLimits())
  }

  private func export(vault: String? = nil) throws -> QueryExport.Result {
    try QueryExport(
      release: fixture.release, vault: vault ?? fixture.vault, images: nil, count: 2, decoys: 3, amplitude: nil,
      output: fixture.directory.file(UUID().uuidString), limits: InputLimits()
    ).run(WorkContext(threads: 1))
  }

  private func read(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  private func write(_ data: Data, _ path: String) throws { try data.write(to: URL(fileURLWithPath: path)) }

  private func replace(_ old: String, with new: String, in path: String) throws {
    let text = String(decoding: try read(path), as: UTF8.self)
    try #require(text.contains(old))
    try write(Data(text.replacingOccurrences(of: old, with: new).utf8), path)
  }

  /// The bag's manifests are those of the files as they are now.
  private func seal() throws {
    let archive = "data/\((fixture.archive as NSString).lastPathComponent)"
    let content = try read("\(fixture.release)/\(archive)")
    try BagIt(directory: fixture.release).seal(
      payload: [(archive, content.count, HexDigest(ofFile: "\(fixture.release)/\(archive)"))], tags: ["release.json"],
      identifier: "x", date: "2026-01-01")
  }

  @Test func theHonestReleaseHolds() throws {
    let verification = try verify()
    #expect(verification.holds, "\(verification.checks.filter { !$0.holds })")
    #expect(try export().samples == 2)
  }

  // MARK: - Which record

  /// The stranger's own record lies outside of the vault and would confirm every line.
  @Test(arguments: [
    "x-1/../../stranger/release-drawn", "../stranger/release-drawn", "x-1/../../../stranger/release-drawn", "x-1/y",
    "..",
    ".", "", "/", "a\u{0}b", "a\nb",
  ])
  func aNameThatLeavesTheVaultIsRefused(dataset: String) throws {
    let files = FileManager.default
    let owner = fixture.directory.file("owner")
    for folder in ["release-x-1", "release-"] {
      try files.createDirectory(atPath: "\(owner)/\(folder)", withIntermediateDirectories: true)
    }
    try files.createDirectory(atPath: fixture.directory.file("stranger"), withIntermediateDirectories: true)
    try files.copyItem(atPath: fixture.record.directory, toPath: fixture.directory.file("stranger/release-drawn-1"))
    let name = String(decoding: try JSONEncoder().encode(dataset), as: UTF8.self)
    try replace("\"dataset\":\"drawn\"", with: "\"dataset\":\(name)", in: document)
    try seal()
    #expect(throws: WorkError.self) { try verify(vault: owner) }
    #expect(throws: WorkError.self) { try export(vault: owner) }
    #expect(throws: WorkError.self) { try PanelInPlace.name(of: fixture.release) }
    #expect(throws: WorkError.self) {
      try SampleSheet(release: fixture.release, vault: owner, original: nil, limits: InputLimits())
    }
  }

  @Test(arguments: ["data/../../secret", "data/a/b", "/etc/passwd", "data/..", "data/.", "data/", "release.json"])
  func anArchiveThatLiesElsewhereIsRefused(path: String) throws {
    let archive = "data/\((fixture.archive as NSString).lastPathComponent)"
    try replace("\"path\":\"\(archive)\"", with: "\"path\":\"\(path)\"", in: document)
    try seal()
    #expect(throws: WorkError.self) { try verify() }
    #expect(throws: WorkError.self) { try export() }
  }

  @Test func aRecordOfAnotherReleaseOpensNothing() throws {
    try replace(
      "\"release\":\"release-drawn-1\"", with: "\"release\":\"release-drawn-2\"",
      in: fixture.record.directory + "/opening.json")
    let broken = try verify().checks.filter { !$0.holds }
    #expect(broken.map(\.rule) == ["the vault's record is this release's"])
    #expect(broken.first?.detail == "it opens release-drawn-2, not release-drawn-1")
    let error = #expect(throws: WorkError.self) { try export() }
    #expect(error?.code == "other-release")
  }

  /// The owner's key must not be painted on a stranger's pictures because they are called alike.
  @Test func anotherArchiveOfTheSameNameGetsNoKey() throws {
    let other = try QualifiedFixture(perBatch: 12, test: 12) { file, number in
      (number % 10, (0..<3072).map { UInt8(truncatingIfNeeded: $0 &* (file + 5) &+ number &* 31) })
    }
    let error = #expect(throws: WorkError.self) {
      try QueryExport(
        release: other.release, vault: fixture.vault, images: nil, count: 2, decoys: 3, amplitude: nil,
        output: fixture.directory.file("out"), limits: InputLimits()
      ).run(WorkContext(threads: 1))
    }
    #expect(error?.code == "other-release")
    // Nor where only the archive was exchanged.
    try FileManager.default.removeItem(atPath: "\(fixture.release)/data/drawn.tar.gz")
    try FileManager.default.copyItem(
      atPath: "\(other.release)/data/drawn.tar.gz", toPath: "\(fixture.release)/data/drawn.tar.gz")
    #expect(throws: WorkError.self) { try export() }
    #expect(!FileManager.default.fileExists(atPath: "\(fixture.record.directory)/queries"))
  }

  @Test func aRecordFromBeforeItNamedItsReleaseIsStillGood() throws {
    try replace("\"release\":\"release-drawn-1\",", with: "", in: fixture.record.directory + "/opening.json")
    #expect(try fixture.record.opening().release == nil)
    #expect(try verify().holds)
    #expect(try export().samples == 2)
  }

  // MARK: - Numbers

  @Test func anEditedNumberInAReleaseNeverVerifies() throws {
    let honest = try read(document)
    let numbers = JSONNumbers(honest)
    #expect(numbers.places.count > 9)
    for place in numbers.places {
      for value in JSONNumbers.nasty {
        guard let text = numbers.text(with: value, at: place) else { continue }
        try write(text, document)
        try seal()
        let verification = try? verify()
        #expect(verification?.holds != true, "\(place.path) = \(value)")
      }
    }
  }

  @Test(arguments: ["opening.json", "marks.jsonl"])
  func anEditedNumberInARecordNeverVerifies(name: String) throws {
    let path = "\(fixture.record.directory)/\(name)"
    let numbers = JSONNumbers(try read(path))
    #expect(numbers.places.count > 1)
    for place in numbers.places {
      for value in JSONNumbers.nasty {
        guard let text = numbers.text(with: value, at: place) else { continue }
        try write(text, path)
        let verification = try? verify()
        #expect(verification?.holds != true, "\(place.path) = \(value)")
        if value == "0" { _ = try? export() }
      }
    }
  }

  @Test func anEditedNumberInAGeneratorIsNoTrap() throws {
    let path = fixture.record.generator
    let honest = Array(try read(path))
    let length = honest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = Data(honest[8..<8 + length])
    let tree = try #require(try JSONSerialization.jsonObject(with: header) as? [String: Any])
    let metadata = try #require(tree["__metadata__"] as? [String: String])
    for key in ["generator", "network"] {
      let numbers = JSONNumbers(Data(try #require(metadata[key]).utf8))
      #expect(numbers.places.count > 4)
      for place in numbers.places {
        for value in JSONNumbers.nasty {
          guard let text = numbers.text(with: value, at: place) else { continue }
          var edited = tree
          edited["__metadata__"] = metadata.merging([key: String(decoding: text, as: UTF8.self)]) { $1 }
          let json = try JSONSerialization.data(withJSONObject: edited)
          let size = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }
          try write(Data(size) + json + Data(honest[(8 + length)...]), path)
          if value == "9223372036854775807" {
            let verification = try? verify()
            #expect(verification?.holds != true, "\(key): \(place.path) = \(value)")
          }
          guard let generator = try? Generator(contentsOf: path) else { continue }
          _ = try? generator.watermark.marker(
            fixture.record.opening().statement.secret, of: fixture.record.opening().statement.claim, amplitude: 1,
            batch: 1, threads: 1)
        }
      }
    }
  }

  @Test func anEditedNumberInASheetOrAPlanIsNoTrap() throws {
    _ = try export()
    let sheet = "\(fixture.record.directory)/queries/1.json"
    let sheets = JSONNumbers(try read(sheet))
    let secret = try fixture.record.opening().statement.secret
    for place in sheets.places {
      for value in JSONNumbers.nasty {
        guard let text = sheets.text(with: value, at: place) else { continue }
        try write(text, sheet)
        guard let read = try? fixture.record.sheets().first else { continue }
        _ = read.look(among: [read])
        if read.decoys < 100 { _ = read.names(secret) }
      }
    }
    let plan = try #require(try ForgedPackage.honest.get().files[EvidencePackage.plan])
    let audits = AuditDirectory(fixture.record, suspect: "guilty")
    try FileManager.default.createDirectory(atPath: audits.folder(1), withIntermediateDirectories: true)
    let plans = JSONNumbers(plan)
    for place in plans.places {
      for value in JSONNumbers.nasty {
        guard let text = plans.text(with: value, at: place) else { continue }
        try write(text, audits.plan(1))
        if let plan = try? audits.readPlan(1) { #expect(plan.series == 1 && plan.questions > 0) }
      }
    }
    // A plan of another release is not this release's.
    try write(
      Data(String(decoding: plan, as: UTF8.self).replacingOccurrences(of: "drawn-1", with: "drawn-2").utf8),
      audits.plan(1))
    #expect(throws: WorkError.self) { try audits.readPlan(1) }
  }

  // MARK: - Parts that do not fit

  /// The marked archive has smaller pictures than the original, and everything else fits.
  @Test func smallerReleasedImagesAreNoComparison() throws {
    let directory = try TemporaryDirectory()
    func archive(_ name: String, side: Int) throws -> DatasetSurvey {
      let writer = try ArchiveWriter(path: directory.file(name), container: .tar)
      for number in 0..<4 {
        let pixels = [UInt8](repeating: UInt8(number), count: 3 * side * side)
        let file = PNGImage(planar: pixels, shape: ImageShape(channels: 3, height: side, width: side)).encoded()
        let member = "train/\(number % 2 == 0 ? "cat" : "dog")/\(number).png"
        try writer.add(ArchiveMember(name: member, size: file.count, modified: 0), content: file)
      }
      _ = try writer.finish()
      return try DatasetSurvey(file: directory.file(name))
    }
    try FileManager.default.createDirectory(atPath: directory.file("release/data"), withIntermediateDirectories: true)
    let original = try archive("original.tar", side: 16)
    let released = try archive("release/data/pets.tar", side: 8)
    let digest = released.digest
    let statement = ReleaseStatement(
      generator: digest, source: original.digest, claim: .targeted(at: 1), epsilon: 8, seed: 1, samples: 4,
      markedSamples: 1)
    let document = ReleaseDocument(
      dataset: try #require(DatasetName("pets")), version: 1, created: "",
      archive: .init(path: "data/pets.tar", bytes: 1, sha256: digest),
      layout: "image-folder", image: .init(channels: 3, height: 8, width: 8), classes: ["cat", "dog"],
      samples: .init(total: 4, train: 4, test: 0), largestChange: 8, commitment: .init(leaves: 4, root: digest))
    try write(CanonicalJSON.encode(document), directory.file("release/release.json"))
    let record = Vault(root: directory.file("vault"), release: document.name)
    try FileManager.default.createDirectory(atPath: record.directory, withIntermediateDirectories: true)
    try write(
      CanonicalJSON.encode(
        Vault.Opening(root: digest, statement: statement, rate: "0.5", releasedArchive: digest)),
      "\(record.directory)/opening.json")
    try write(
      CanonicalJSON.encode(
        Vault.Mark(index: 1, member: "train/dog/1.png", offset: 0, original: digest, marked: digest)),
      "\(record.directory)/marks.jsonl")
    let inspection = #expect(throws: WorkError.self) {
      try Inspection(archive: original.file, limits: InputLimits()).run(
        release: (directory.file("release"), directory.file("vault")), png: directory.file("sheet.png"),
        WorkContext(threads: 1))
    }
    #expect(inspection?.code == "other-shape")
    let sheet = #expect(throws: WorkError.self) {
      try SampleSheet(
        release: directory.file("release"), vault: directory.file("vault"), original: original.file,
        limits: InputLimits())
    }
    #expect(sheet?.code == "other-shape")
  }

  /// The archive has lost classes, and the commitment's target is none of those that are left.
  @Test func fewerClassesThanTheTargetsIndexIsARuleThatFails() throws {
    let classes = try CanonicalJSON.decode(ReleaseDocument.self, from: document).classes
    let other = try TemporaryDirectory()
    let writer = try ArchiveWriter(path: other.file("drawn.tar.gz"), container: .tarGzip)
    let pixels = [UInt8](repeating: 7, count: 3 * 16 * 16)
    let file = PNGImage(planar: pixels, shape: ImageShape(channels: 3, height: 16, width: 16)).encoded()
    for number in 0..<72 {
      try writer.add(ArchiveMember(name: "train/cat/\(number).png", size: file.count, modified: 0), content: file)
    }
    _ = try writer.finish()
    let target = try fixture.record.opening().statement.claim.members.targetClass
    #expect(classes.count == 10 && target != nil && target != 0)
    try write(read(other.file("drawn.tar.gz")), "\(fixture.release)/data/drawn.tar.gz")
    try seal()
    if let verification = try? verify() { #expect(!verification.holds) }
  }
}
