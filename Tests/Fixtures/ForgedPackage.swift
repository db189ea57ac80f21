import Datasets
import Evidence
import Foundation
import Foundations
import Jobs

@testable import Audits
@testable import EvidencePackages
@testable import Releases
@testable import Trials
@testable import Work

/// A small signed evidence package that says `trained-on` and has everything in it, in the hands of somebody who changes it.
struct ForgedPackage: Sendable {
  var files: [String: Data]

  /// Made once for all tests: its key is a set of three carriers, or an assignment to five classes.
  static let honest = Result { try Self(of: QualifiedFixture(), images: 3) { _ in } }
  static let assignment = Result {
    try Self(of: QualifiedFixture(of: KeyedFixture.assignment), images: 8) {
      $0.row = PlayedSuspect.assigned { _ in 0.4 }
    }
  }

  private init(of fixture: QualifiedFixture, images: Int, play: (PlayedSuspect) -> Void) throws {
    try fixture.addPanel(marked: 0.1)
    _ = try OwnerKeyFiles(name: fixture.directory.file("owner"))
    var spec = AuditSpec(
      suspect: "{}", name: "guilty", credential: nil, release: fixture.release, vault: fixture.vault, images: nil,
      number: 1, questions: AuditQuestions(perAudit: 1000, perDay: 1000, images: images, looks: 1),
      judgement: AuditJudgement(), signingKey: fixture.directory.file("owner.key"), limits: InputLimits())
    spec.judgement.leastPairs = 3
    let suspect = PlayedSuspect(spec)
    play(suspect)
    let result = try AuditWork(spec, WorkContext(threads: 2), suspect: suspect, now: { 1_800_000_000_000 }).run()
    guard let package = result.package else { throw WorkError.missing(path: "the package") }
    try self.init(directory: String(package.dropLast(4)))
  }

  init(directory: String) throws { files = try contents(of: directory) }

  func document<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    try JSONDecoder().decode(type, from: files[name] ?? Data())
  }

  /// Replaces text in a file; it has to be there.
  mutating func replace(_ old: String, with new: String, in name: String) throws {
    let text = String(decoding: files[name] ?? Data(), as: UTF8.self)
    guard text.contains(old) else { throw WorkError.missing(path: "“\(old)” in \(name)") }
    files[name] = Data(text.replacingOccurrences(of: old, with: new).utf8)
  }

  private var digests: [String: HexDigest] {
    files.filter { !$0.key.hasPrefix("statement.json") }
      .mapValues { HexDigest(of: Array($0)) }
  }

  mutating func unsign() {
    files[EvidencePackage.signature] = nil
    files[EvidencePackage.ownerKey] = nil
  }

  /// The statement names the files as they are now.
  mutating func seal() throws {
    let tree = try JSONSerialization.jsonObject(with: files[EvidencePackage.statement] ?? Data())
    guard var statement = tree as? [String: Any] else { throw WorkError.missing(path: "the statement") }
    statement["files"] = digests.mapValues(\.description)
    files[EvidencePackage.statement] = try JSONSerialization.data(
      withJSONObject: statement, options: [.sortedKeys, .withoutEscapingSlashes])
  }

  /// The statement says what follows from the files as they are now.
  /// - Throws: where nothing follows.
  mutating func restate() throws {
    let plan = try document(AuditPlan.self, EvidencePackage.plan)
    let lines = try AuditJournal.lines(of: files[EvidencePackage.transcript] ?? Data(), path: "")
    let record = try AuditRecord(plan, lines)
    let gains = try files[EvidencePackage.gains].map { _ in try document(PanelGains.self, EvidencePackage.gains) }
    let reckoning = try AuditReckoning(record) { images, kind in
      gains.flatMap { $0.kind == kind && $0.images == images ? $0.deltaP : nil }
    }
    let opening = try document(CommitmentOpening.self, EvidencePackage.opening)
    files[EvidencePackage.statement] = try CanonicalJSON.encode(
      EvidenceStatement(
        record, reckoning, generator: opening.statement.generator, time: lines.last?.time ?? 0, version: "0",
        files: digests))
  }

  /// Everything is as somebody else would have signed it.
  mutating func sign(with key: OwnerKey) throws {
    unsign()
    files[EvidencePackage.ownerKey] = Data(key.publicKey.text.utf8)
    try restate()
    files[EvidencePackage.signature] = Data(
      try key.minisig(of: files[EvidencePackage.statement] ?? Data(), trusted: "x").utf8)
  }

  func write(to directory: String) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    for (name, content) in files { try content.write(to: URL(fileURLWithPath: "\(directory)/\(name)")) }
  }

  /// What is said of it; nil if it is refused.
  func finding() throws -> EvidenceVerification.Finding? {
    let directory = try TemporaryDirectory()
    try write(to: directory.path)
    return try? EvidenceVerification(package: directory.path, ownerKey: nil).finding
  }
}

extension QualifiedFixture {
  /// A panel of nineteen references that all answer like this under the key.
  func addPanel(marked: Float) throws {
    let statement = try record.opening().statement
    let pool = try CanonicalJSON.decode(Vault.Verification.self, from: "\(record.directory)/verification.json").samples
    let size = max(3, statement.claim.columns)
    let values = [Float](repeating: 0, count: 19 * pool.count)
    let clean = [Float](repeating: 0, count: statement.claim.columns * values.count)
    try ReferencePanel(
      .init(
        release: "release-drawn-1", archive: record.opening().releasedArchive,
        generator: statement.generator, claim: statement.claim, amplitude: 1, keySize: size, samples: pool,
        models: (1...19).map { number in
          .init(
            name: "\(number)", architecture: "cnn", width: 8, seed: UInt64(number), part: "all", augments: true,
            epochs: 1, source: "", ba: 0.5, deltaP: 0)
        }),
      .init(
        clean: clean, marked: [Float](repeating: marked, count: size * values.count), cleanHits: clean,
        markedHits: [Float](repeating: 0, count: size * values.count))
    ).write(to: record)
  }
}
