import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Testing

@testable import Fixtures
@testable import Releases
@testable import Work

/// Each way in which a release can be wrong, and the rule that finds it.
@Suite struct ReleaseVerificationTests {
  let fixture: Fixture
  let directory: TemporaryDirectory
  let release: String
  let vault: String

  init() throws {
    fixture = try Fixture.shared.get()
    directory = try TemporaryDirectory()
    let spec = try fixture.releaseSpec(in: directory)
    release = try ReleaseWork(spec, WorkContext(threads: 2)).run().directory
    vault = spec.vault
  }

  func verify(vault: Bool = true, original: String? = nil) throws -> ReleaseVerification {
    try ReleaseVerification(
      directory: release, vault: vault ? self.vault : nil, original: original, limits: InputLimits())
  }

  func broken(_ verification: ReleaseVerification) -> [String] { verification.checks.filter { !$0.holds }.map(\.rule) }

  func change(_ file: String, _ edit: (inout Data) -> Void) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: file))
    edit(&data)
    try data.write(to: URL(fileURLWithPath: file))
  }

  @Test func acceptsWhatWasReleased() throws {
    #expect(try verify(original: fixture.archive).holds)
    #expect(try verify(vault: false, original: fixture.archive).holds)
    #expect(try verify(vault: false).holds)
  }

  @Test func findsAFileThatWasChanged() throws {
    try change("\(release)/bag-info.txt") { $0.append(10) }
    #expect(try broken(verify()) == ["every file has the digest that the manifests state"])
  }

  @Test func anArchiveThatCannotBeReadIsARuleThatFails() throws {
    try change("\(release)/data/\((fixture.archive as NSString).lastPathComponent)") { $0.append(contentsOf: [1, 2]) }
    let verification = try verify()
    #expect(
      broken(verification) == ["every file has the digest that the manifests state", "the archive can be read"])
    #expect(verification.checks.last?.detail.contains("after the end of the archive") == true)
  }

  @Test func saysWhetherTheOwnerSigned() throws {
    _ = try OwnerKeyFiles(name: directory.file("owner"))
    _ = try OwnerKeyFiles(name: directory.file("other"))
    func signature(_ name: String?) throws -> (ReleaseVerification.Signature, Bool) {
      let verification = try ReleaseVerification(
        directory: release, vault: nil, original: nil, ownerKey: name.map { directory.file("\($0).pub") },
        limits: InputLimits())
      return (verification.signature, verification.holds)
    }
    #expect(try signature(nil) == (.none, true))
    #expect(try signature("owner") == (.none, false))
    let key = try OwnerKey(text: String(contentsOfFile: directory.file("owner.key"), encoding: .utf8))
    for name in ["release.json", "croissant.json", "provenance.json"] {
      #expect(try !signature("owner").1)
      let text = try Data(contentsOf: URL(fileURLWithPath: "\(release)/\(name)"))
      try key.minisig(of: text, trusted: "x").write(
        toFile: "\(release)/\(name).minisig", atomically: true, encoding: .utf8)
    }
    #expect(try signature(nil) == (.unchecked, true))
    #expect(try signature("owner") == (.holds, true))
    #expect(try signature("other") == (.broken, false))
  }

  @Test func findsAReleaseThatStatesAnotherCommitment() throws {
    try change("\(release)/release.json") { data in
      let text = String(decoding: data, as: UTF8.self)
      guard let range = text.range(of: "\"root\":\"") else { return }
      var changed = Array(text.utf8)
      let at = text.utf8.distance(from: text.startIndex, to: range.upperBound)
      changed[at] = changed[at] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
      data = Data(changed)
    }
    #expect(try broken(verify()).contains("the vault's record opens the published commitment"))
  }

  @Test func findsMarksThatAreNotThoseOfTheCoins() throws {
    try change("\(vault)/release-drawn-1/marks.jsonl") { data in
      let lines = data.split(separator: 10)
      data = Data(lines.dropLast().joined(separator: [10])) + [10]
    }
    let rules = try broken(verify())
    #expect(rules.contains("the vault's record opens the published commitment"))
    #expect(rules.contains("the marked samples are those that the commitment chooses"))
  }

  @Test func findsAnotherGenerator() throws {
    try change("\(vault)/release-drawn-1/generator.safetensors") { $0[$0.count - 1] ^= 1 }
    #expect(try broken(verify()) == ["the vault's generator is the committed one"])
  }

  @Test func findsAnotherOriginal() throws {
    let other = directory.file("other.tar.gz")
    try DrawnDataset(seed: 99).writeCIFAR10(to: other, perBatch: 60, test: 40)
    let rules = try broken(verify(original: other))
    #expect(rules.contains("the original is the archive that was marked"))
    #expect(rules.contains("every other byte is the original's"))
  }

  @Test func findsASampleThatWasReleasedOtherwiseThanCommitted() throws {
    // A whole second release of the same name with another seed, under the first one's vault record.
    let other = try TemporaryDirectory()
    let spec = try fixture.releaseSpec(in: other, seed: 6)
    let second = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    let verification = try ReleaseVerification(
      directory: second.directory, vault: vault, original: nil, limits: InputLimits())
    #expect(broken(verification).contains("every marked sample is in the archive as committed"))
  }

  @Test func namesAManifestEntryThatLeavesTheDirectory() throws {
    try change("\(release)/manifest-sha256.txt") { data in
      data.append(contentsOf: Array((String(repeating: "0", count: 64) + "  ../../etc/passwd\n").utf8))
    }
    let check = try #require(try verify().checks.first)
    #expect(!check.holds && check.detail.contains("leaves the directory"))
  }
}
