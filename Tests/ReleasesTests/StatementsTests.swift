import Archives
import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Testing

@testable import Fixtures
@testable import Releases
@testable import Work

/// What a release says to tools of others: `croissant.json`, `provenance.json` and the assertion in `release.json`. That the
/// tools understand it is tested with them, in Tests/Tools.
@Suite struct StatementsTests {
  private let directory: TemporaryDirectory
  private let spec: ReleaseSpec
  private let release: String

  init() throws {
    directory = try TemporaryDirectory()
    _ = try OwnerKeyFiles(name: directory.file("owner"))
    var spec = try Fixture.shared.get().releaseSpec(in: directory)
    spec.signingKey = directory.file("owner.key")
    spec.terms = ReleaseTerms(
      license: "https://spdx.org/licenses/CC-BY-4.0", url: "https://acme.example/drawn", creator: "Acme “D”",
      trainingMining: .notAllowed)
    self.spec = spec
    release = try ReleaseWork(spec, WorkContext(threads: 2)).run().directory
  }

  private func object(_ name: String) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: "\(release)/\(name)")))
        as? [String: Any])
  }

  private func digest(_ name: String) throws -> String { try HexDigest(ofFile: "\(release)/\(name)").description }

  /// Changes a file, and the manifests with it.
  private func replace(_ old: String, with new: String, in name: String) throws {
    let url = URL(fileURLWithPath: "\(release)/\(name)")
    let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    try #require(text.contains(old))
    try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: url)
    try BagIt(directory: release).reseal()
  }

  private func verify(ownerKey: Bool = false) throws -> ReleaseVerification {
    try ReleaseVerification(
      directory: release, vault: spec.vault, original: nil, ownerKey: ownerKey ? directory.file("owner.pub") : nil,
      limits: InputLimits())
  }

  private func broken(ownerKey: Bool = false) throws -> [ReleaseVerification.Check] {
    try verify(ownerKey: ownerKey).checks.filter { !$0.holds }
  }

  // MARK: - What is said

  @Test func croissantStatesEveryFileAndTheClasses() throws {
    let croissant = try object("croissant.json")
    #expect(croissant["@type"] as? String == "sc:Dataset")
    #expect(croissant["conformsTo"] as? String == "http://mlcommons.org/croissant/1.0")
    #expect(croissant["name"] as? String == "drawn" && croissant["version"] as? String == "1.0.0")
    #expect(croissant["datePublished"] as? String == "2027-01-15T08:00:00Z")
    #expect(croissant["license"] as? String == "https://spdx.org/licenses/CC-BY-4.0")
    #expect(croissant["url"] as? String == "https://acme.example/drawn")
    #expect((croissant["creator"] as? [String: String])?["name"] == "Acme “D”")
    let files = try #require(croissant["distribution"] as? [[String: String]])
    #expect(files.compactMap { $0["contentUrl"] } == ["data/drawn.tar.gz", "release.json"])
    #expect(try files.compactMap { $0["sha256"] } == [digest("data/drawn.tar.gz"), digest("release.json")])
    #expect(files[0]["encodingFormat"] == "application/x-tar" && files[0]["name"] == "drawn.tar.gz")
    let bytes = try FileManager.default.attributesOfItem(atPath: "\(release)/data/drawn.tar.gz")[.size] as? Int
    #expect(files[0]["contentSize"] == bytes.map { "\($0) B" })
    let sets = try #require(croissant["recordSet"] as? [[String: Any]])
    #expect(sets.compactMap { $0["@id"] as? String } == ["classes"])
    let rows = try #require(sets[0]["data"] as? [[String: Any]])
    #expect(rows.compactMap { $0["classes/name"] as? String } == DrawnDataset.classNames)
    #expect(rows.compactMap { $0["classes/index"] as? Int } == Array(0..<10))
  }

  @Test func provenanceStatesWhatWasMadeByWhom() throws {
    let statement = try object("provenance.json")
    #expect(statement.keys.sorted() == ["_type", "predicate", "predicateType", "subject"])
    #expect(statement["_type"] as? String == "https://in-toto.io/Statement/v1")
    #expect(statement["predicateType"] as? String == "https://slsa.dev/provenance/v1")
    let subject = try #require(statement["subject"] as? [[String: Any]])
    let names = ["data/drawn.tar.gz", "release.json", "croissant.json"]
    #expect(subject.compactMap { $0["name"] as? String } == names)
    #expect(try subject.compactMap { ($0["digest"] as? [String: String])?["sha256"] } == names.map(digest))
    let predicate = try #require(statement["predicate"] as? [String: [String: Any]])
    // Nothing else goes in without being looked at for what it tells.
    #expect(predicate["buildDefinition"]?.keys.sorted() == ["buildType", "externalParameters"])
    #expect(
      predicate["buildDefinition"]?["externalParameters"] as? [String: String]
        == ["archive": "drawn.tar.gz", "dataset": "drawn", "version": "1"])
    #expect(predicate["runDetails"]?.keys.sorted() == ["builder", "byproducts", "metadata"])
    let builder = try #require(predicate["runDetails"]?["builder"] as? [String: Any])
    let key = try OwnerPublicKey(file: directory.file("owner.pub")).name
    #expect(builder["id"] as? String == "pkg:generic/dandyroll?key_id=\(key)")
    #expect(builder["version"] as? [String: String] == ["dandyroll": ProgramVersion.current])
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(release)/release.json")
    let byproducts = try #require(predicate["runDetails"]?["byproducts"] as? [[String: Any]])
    #expect(
      byproducts.first?["digest"] as? [String: String]
        == ["dandyroll-commitment/2": document.commitment.root.description])
  }

  /// Digests, seeds and the target class, in whatever words.
  @Test func nothingTellsWhatTheVaultKeeps() throws {
    let opening = try Vault(root: spec.vault, release: spec.name).opening()
    for (name, data) in try contents(of: release) where !name.hasPrefix("data/") {
      let text = String(decoding: data, as: UTF8.self).lowercased()
      for secret in [opening.statement.generator.description, opening.statement.source.description] {
        #expect(!text.contains(secret), "\(name)")
      }
      for word in ["seed", "target", "generator", "marked\":", "secret\":"] {
        #expect(!text.contains(word), "\(name): \(word)")
      }
      // The class that is marked is called no more often than the others.
      func count(_ word: String) -> Int { text.components(separatedBy: "\"\(word)\"").count }
      #expect(Set(DrawnDataset.classNames.map(count)).count == 1, "\(name)")
    }
  }

  @Test func theAssertionIsDataForAManifest() throws {
    let entry = #"{"use":"notAllowed"}"#
    let data =
      #"{"entries":{"cawg.ai_generative_training":\#(entry),"cawg.ai_inference":\#(entry),"#
      + #""cawg.ai_training":\#(entry),"cawg.data_mining":\#(entry)}}"#
    let text = try String(contentsOfFile: "\(release)/release.json", encoding: .utf8)
    #expect(text.contains(#""trainingMining":{"data":\#(data),"label":"cawg.training-mining"}"#))
    let usage = try #require(try object("croissant.json")["usageInfo"] as? [String: String])
    #expect(usage["name"] == "cawg.training-mining" && usage["text"] == data)
    #expect(TrainingMiningAssertion(ReleaseTerms(license: "CC-BY-4.0")) == nil)
    let constrained = TrainingMiningAssertion(ReleaseTerms(license: "CC-BY-4.0", trainingMining: .constrained))
    #expect(constrained?.data.entries["cawg.ai_training"] == .init(use: .constrained, constraintInfo: "CC-BY-4.0"))
    #expect(try CanonicalJSON.line(constrained).contains(#"{"constraint_info":"CC-BY-4.0","use":"constrained"}"#))
  }

  @Test func picturesOfAnImageFolderAreRecords() throws {
    var document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(release)/release.json")
    document.layout = Layout.imageFolder.rawValue
    let files: [BagIt.File] = [("data/a b.tar.xz", 5, HexDigest(of: [1])), ("release.json", 2, HexDigest(of: [2]))]
    let croissant = try Croissant(document, terms: ReleaseTerms(), files: files, container: .tarXz)
    let text = try CanonicalJSON.line(croissant)
    #expect(
      text.contains(
        #"{"@id":"image-files","@type":"cr:FileSet","containedIn":[{"@id":"data/a b.tar.xz"}],"encodingFormat""#))
    #expect(text.contains(#""@id":"images/label","@type":"cr:Field","dataType":["sc:Text","cr:Label"]"#))
    #expect(text.contains("images/folder"))
    #expect(!text.contains("license") && !text.contains("creator"))
    (document.samples.train, document.samples.test) = (document.samples.total, 0)
    let single = try Croissant(document, terms: ReleaseTerms(), files: files, container: .tar)
    #expect(try !CanonicalJSON.line(single).contains("images/folder"))
    let other = try Croissant(document, terms: ReleaseTerms(), files: files, container: .tarZstd)
    #expect(try !CanonicalJSON.line(other).contains("images/label"))
  }

  @Test func withoutTermsReleaseJSONIsAsItWas() throws {
    let plain = try TemporaryDirectory()
    let spec = try Fixture.shared.get().releaseSpec(in: plain)
    let other = try ReleaseWork(spec, WorkContext(threads: 2)).run().directory
    let text = try String(contentsOfFile: "\(other)/release.json", encoding: .utf8)
    #expect(!text.contains("trainingMining"))
    let provenance = try String(contentsOfFile: "\(other)/provenance.json", encoding: .utf8)
    #expect(provenance.contains(#""id":"pkg:generic/dandyroll""#))
  }

  // MARK: - What is verified

  @Test func whatWasReleasedHoldsAndIsSigned() throws {
    let verification = try verify(ownerKey: true)
    #expect(verification.holds && verification.signature == .holds, "\(verification.checks)")
    let rules = Set(verification.checks.map(\.rule))
    for name in ["croissant.json", "provenance.json"] {
      #expect(
        rules.isSuperset(of: ["\(name) states the digests of the files", "\(name) is signed by the owner's key"]))
    }
  }

  @Test(arguments: ["croissant.json", "provenance.json"]) func findsAnotherDigest(name: String) throws {
    let digest = try digest("data/drawn.tar.gz")
    try replace(digest, with: String(digest.reversed()), in: name)
    #expect(try broken(ownerKey: true).map(\.rule).contains("\(name) states the digests of the files"))
    #expect(try broken(ownerKey: true).map(\.rule).contains("\(name) is signed by the owner's key"))
    #expect(try broken().first { $0.rule.hasPrefix(name) }?.detail.contains("data/drawn.tar.gz: SHA-256") == true)
  }

  @Test(arguments: [
    ("croissant.json", "\"contentUrl\":\"data/drawn.tar.gz\"", "\"contentUrl\":\"../../etc/passwd\""),
    ("croissant.json", "\"contentUrl\":\"release.json\"", "\"contentUrl\":\"https://elsewhere.example/\""),
    ("croissant.json", "\"sha256\":\"", "\"md5\":\""), ("croissant.json", "\"name\":\"drawn\"", "\"name\":\"other\""),
    ("croissant.json", "\"version\":\"1.0.0\"", "\"version\":\"2.0.0\""), ("croissant.json", "{", "["),
    ("provenance.json", "\"sha256\":", "\"sha1\":"), ("provenance.json", "Statement/v1", "Statement/v0.1"),
    ("provenance.json", "slsa.dev", "elsewhere.example"),
    ("provenance.json", "\"name\":\"release.json\"", "\"name\":\"bagit.txt\""),
  ])
  func findsAStatementThatSaysSomethingElse(name: String, old: String, new: String) throws {
    try replace(old, with: new, in: name)
    #expect(try broken().map(\.rule).contains("\(name) states the digests of the files"))
  }

  @Test func aFileThatIsNotStatedIsFound() throws {
    let digest = HexDigest(of: [])
    try Data().write(to: URL(fileURLWithPath: "\(release)/data/more"))
    let manifest = "\(release)/manifest-sha256.txt"
    let text = try String(contentsOfFile: manifest, encoding: .utf8) + "\(digest)  data/more\n"
    try Data(text.utf8).write(to: URL(fileURLWithPath: manifest))
    try BagIt(directory: release).reseal()
    let details = try broken().filter { $0.rule.hasSuffix("states the digests of the files") }.map(\.detail)
    #expect(details == ["data/more: not stated", "data/more: not stated"])
  }

  @Test func aReleaseFromBeforeThereWereStatementsHolds() throws {
    for name in ["croissant.json", "provenance.json"] {
      for file in [name, "\(name).minisig"] { try FileManager.default.removeItem(atPath: "\(release)/\(file)") }
    }
    try BagIt(directory: release).reseal()
    let verification = try verify(ownerKey: true)
    #expect(verification.holds && verification.signature == .holds)
    #expect(!verification.checks.contains { $0.rule.hasPrefix("croissant") || $0.rule.hasPrefix("provenance") })
  }
}
