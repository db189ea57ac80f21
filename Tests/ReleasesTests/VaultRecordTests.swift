import Datasets
import Evidence
import Foundation
import Foundations
import Glibc
import Jobs
import Testing

@testable import Fixtures
@testable import Releases
@testable import Trials
@testable import Work

/// What a vault keeps of a release: that it is never lost, and that nobody else can come by it.
@Suite struct VaultRecordTests {
  private let fixture: Fixture
  private let directory: TemporaryDirectory
  private var record: Vault { Vault(root: directory.file("vault"), release: "release-drawn-1") }

  init() throws {
    fixture = try Fixture.shared.get()
    directory = try TemporaryDirectory()
  }

  private func release(secret: VaultSecret = .ofTests, seed: UInt64 = 5) throws -> ReleaseResult {
    try ReleaseWork(fixture.releaseSpec(in: directory, seed: seed), secret: secret, WorkContext(threads: 2)).run()
  }

  private func moveAway() throws {
    try FileManager.default.moveItem(
      atPath: directory.file("outbox/release-drawn-1"), toPath: directory.file("elsewhere-\(UUID().uuidString)"))
  }

  // MARK: - Records are only ever added to

  @Test func aReleaseMadeAgainLeavesItsAuditsAndExportsWhereTheyAre() throws {
    let first = try release()
    let added = ["queries/1.json", "audits/acme/1/plan.json", "panel.safetensors", "qualification.json"]
    for name in added {
      let path = "\(record.directory)/\(name)"
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try Data("α is spent".utf8).write(to: URL(fileURLWithPath: path))
    }
    let before = try contents(of: record.directory)
    try moveAway()
    #expect(try release() == first)
    #expect(try contents(of: record.directory) == before)
    #expect(Set(added).isSubset(of: before.keys))
  }

  @Test func aReleaseOfAnotherSeedNeverTakesTheRecordsPlace() throws {
    _ = try release()
    let before = try contents(of: directory.file("vault"))
    try moveAway()
    let refusal = #expect(throws: WorkError.self) { try release(seed: 6) }
    #expect(refusal?.code == "other-release")
    #expect(refusal?.description.contains("make the release under another number") == true)
    #expect(try contents(of: directory.file("vault")) == before)
  }

  @Test(arguments: ["marks.jsonl", "verification.json", "generator.safetensors"])
  func aRecordWhosePartsWereChangedIsNotTakenForTheSame(part: String) throws {
    _ = try release()
    try moveAway()
    let path = "\(record.directory)/\(part)"
    let content = try #require(FileManager.default.contents(atPath: path))
    // The last digit before the end of the line, or the last weight.
    var changed = content
    let place = part == "generator.safetensors" ? content.count - 1 : content.count - 4
    changed[place] = changed[place] == 0x31 ? 0x32 : 0x31
    try changed.write(to: URL(fileURLWithPath: path))
    #expect(throws: (any Error).self) { try release() }
    #expect(FileManager.default.contents(atPath: path) == changed)
  }

  @Test func whatACrashLeftOfARecordIsNoRelease() throws {
    _ = try release()
    try FileManager.default.copyItem(
      atPath: record.directory, toPath: directory.file("vault/.release-drawn-2.partial"))
    #expect(Vault.names(in: directory.file("vault")) == ["release-drawn-1"])
  }

  // MARK: - The secret

  @Test func whoHasArchiveSettingsAndSeedHasNotTheMarks() throws {
    _ = try release()
    let statement = try record.opening().statement
    // What could be computed from the generator's digest, the source's and the seed, and what is drawn from it.
    let guessed = ReleaseSecret(generator: statement.generator, source: statement.source, seed: statement.seed)
    #expect(
      guessed.carriers(2, of: 96) != statement.secret.carriers(2, of: 96) || guessed.lot(0) != statement.secret.lot(0))
    let survey = try DatasetSurvey(file: fixture.archive)
    let target = try #require(statement.claim.members.targetClass)
    let candidates = survey.indices(in: .train, label: target)
    let marks = try record.marks().map(\.index)
    #expect(Coins(drawing: marks.count, from: candidates, with: statement.secret).marked == marks)
    #expect(Coins(drawing: marks.count, from: candidates, with: guessed).marked != marks)
  }

  @Test func anotherVaultMarksOtherSamplesOfTheSameArchiveSettingsAndSeed() throws {
    _ = try release()
    let marks = try record.marks().map(\.index)
    let other = try TemporaryDirectory()
    let spec = try fixture.releaseSpec(in: other)
    _ = try ReleaseWork(spec, secret: .drawn(), WorkContext(threads: 2)).run()
    let others = try Vault(root: spec.vault, release: spec.name).marks().map(\.index)
    #expect(others.count == marks.count && others != marks)
  }

  /// Expected: commitment_golden.py.
  @Test func aReleasesKeyIsTheFormats() {
    let key = VaultSecret.ofTests.key(
      generator: HexDigest(bytes: Array(0..<32)), source: HexDigest(bytes: Array(32..<64)), seed: 7)
    #expect(key.description == "6f463ab3623ba1620b2d9aee26b870881fb23aa9490619508f7b7549cfc1a2a8")
  }

  @Test func theSecretIsMadeOnceAndForItsOwnerAlone() throws {
    let vault = directory.file("new/vault")
    let made = try VaultSecret.kept(in: vault, fresh: .ofTests)
    #expect(made == .ofTests)
    for _ in 0..<3 { #expect(try VaultSecret.kept(in: vault, fresh: .drawn()) == made) }
    let mode = try FileManager.default.attributesOfItem(atPath: "\(vault)/secret")[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: vault) == ["secret"])
    #expect(VaultSecret.drawn() != VaultSecret.drawn())
  }

  @Test func aSecretThatOthersCanReadOrThatWasCutIsNotUsed() throws {
    let vault = directory.file("v")
    _ = try VaultSecret.kept(in: vault, fresh: .ofTests)
    #expect(chmod("\(vault)/secret", 0o640) == 0)
    let open = #expect(throws: WorkError.self) { try VaultSecret.kept(in: vault, fresh: .ofTests) }
    #expect(open?.code == "open-secret")
    #expect(chmod("\(vault)/secret", 0o600) == 0)
    try Data(repeating: 1, count: 31).write(to: URL(fileURLWithPath: "\(vault)/secret"))
    #expect(chmod("\(vault)/secret", 0o600) == 0)
    let short = #expect(throws: WorkError.self) { try VaultSecret.kept(in: vault, fresh: .ofTests) }
    #expect(short?.code == "malformed-file")
  }

  @Test func aReleaseFromBeforeThereWereKeysIsStillItself() throws {
    let first = try release()
    // As an earlier version wrote it: no key in the statement, and everything drawn without one.
    var opening = try record.opening()
    opening.statement.key = nil
    let marks = Dictionary(uniqueKeysWithValues: try record.marks().map { ($0.index, $0.marked) })
    opening.root = try ReleaseCommitment.root(of: opening.statement, marks: marks)
    try DurableFile("\(record.directory)/opening.json").write(CanonicalJSON.encode(opening))
    let path = "\(first.directory)/release.json"
    var document = try CanonicalJSON.decode(ReleaseDocument.self, from: path)
    document.commitment = .init(scheme: "dandyroll-commitment/1", leaves: opening.statement.samples, root: opening.root)
    try DurableFile(path).write(CanonicalJSON.encode(document))
    let verification = try ReleaseVerification(
      directory: first.directory, vault: directory.file("vault"), original: fixture.archive, limits: InputLimits())
    #expect(
      verification.checks.first { $0.rule == "the vault's record opens the published commitment" }?.holds == true)
    // Run again, it is found as it is, and gets no key.
    try BagIt(directory: first.directory).reseal()
    #expect(try release() == first)
    #expect(try record.opening().statement.key == nil)
  }
}

extension BagIt {
  /// States the digests of the tag files anew, after some have been changed or removed on purpose.
  func reseal() throws {
    let path = "\(directory)/\(Self.tagManifest)"
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { line in
      let name = String(line.dropFirst(66))
      guard DurableFile("\(directory)/\(name)").exists else { return nil as String? }
      return "\(try HexDigest(ofFile: "\(directory)/\(name)"))  \(name)\n"
    }
    try DurableFile(path).write(Data(lines.joined().utf8))
  }
}
