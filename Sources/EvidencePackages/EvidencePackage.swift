import Archives
package import Evidence
import Foundation
import Foundations
import Jobs
package import Releases
import Work

/// Everything that somebody else needs to check a verdict without this daemon and without trusting the owner: a
/// directory and the same files as a tar archive (docs/formats, "Evidence package").
///
/// It opens the release's commitment, and with it the secret: it is handed over in a dispute, and lies in the vault
/// until then.
package struct EvidencePackage {
  let session: AuditSession
  let reckoning: AuditReckoning
  let record: Vault
  /// The release directory.
  let release: String
  let signingKey: String?

  package init(session: AuditSession, reckoning: AuditReckoning, record: Vault, release: String, signingKey: String?) {
    self.session = session
    self.reckoning = reckoning
    self.record = record
    self.release = release
    self.signingKey = signingKey
  }

  static let statement = "statement.json"
  static let signature = "statement.json.minisig"
  static let ownerKey = "owner.pub"
  static let releaseDocument = "release.json"
  static let releaseSignature = "release.json.minisig"
  static let opening = "opening.json"
  static let plan = "plan.json"
  static let transcript = "transcript.jsonl"
  static let gains = "panel.json"
  static let names = [
    statement, signature, ownerKey, releaseDocument, releaseSignature, opening, plan, transcript, gains,
  ]

  /// Marked samples that are opened with their proofs: enough to show that the archive carries what was committed.
  private static let openedMarks = 100

  /// Writes the package beside the transcript, by rename.
  /// - Returns: the tar archive's path.
  package func write(in folder: String) throws -> String {
    let files = try contents()
    let name = "evidence-look-\(session.plan.looksBefore + reckoning.evidence.looks.count)"
    let directory = "\(folder)/\(name)"
    let staging = directory + ".partial"
    let modified = (session.journal.lines.last?.time ?? 0) / 1000
    try DurableFile(staging).remove()
    try DurableFile(staging).createDirectory(mode: 0o700)
    let archive = try ArchiveWriter(path: staging + ".tar", container: .tar, mode: 0o600)
    for (file, content) in files.sorted(by: { $0.key < $1.key }) {
      try DurableFile("\(staging)/\(file)").write(content, mode: 0o600)
      try archive.add(
        ArchiveMember(name: "\(name)/\(file)", size: content.count, modified: modified), content: Array(content))
    }
    _ = try archive.finish()
    try DurableFile(staging).synchronise()
    // Between the two renames there is no directory; the archive of the last audit is still there.
    try DurableFile(directory).remove()
    try DurableFile(staging).rename(to: directory)
    try DurableFile(staging + ".tar").rename(to: directory + ".tar")
    return directory + ".tar"
  }

  private func contents() throws -> [String: Data] {
    let opening = try record.opening()
    let marks = try record.marks()
    let digests = Dictionary(marks.map { ($0.index, $0.marked) }, uniquingKeysWith: { first, _ in first })
    var files: [String: Data] = [:]
    files[Self.plan] = try CanonicalJSON.encode(session.plan)
    files[Self.transcript] = try Data(contentsOf: URL(fileURLWithPath: session.journal.path))
    files[Self.opening] = try CanonicalJSON.encode(
      CommitmentOpening(opening.statement, marks: digests, opened: marks.prefix(Self.openedMarks).map(\.index)))
    for name in [Self.releaseDocument, Self.releaseSignature] {
      files[name] = (try? StrangersFile(name, below: release).bytes(limit: FileLimits.document)).map { Data($0) }
    }
    if let gains = reckoning.panelGains { files[Self.gains] = try CanonicalJSON.encode(gains) }
    let key = try signingKey.map { try OwnerKey(text: SecretText.read($0)) }
    if let key { files[Self.ownerKey] = Data(key.publicKey.text.utf8) }
    let statement = EvidenceStatement(
      session.record, reckoning, generator: opening.statement.generator, time: session.journal.lines.last?.time ?? 0,
      version: ProgramVersion.current, files: files.mapValues { HexDigest(of: $0) })
    let text = try CanonicalJSON.encode(statement)
    files[Self.statement] = text
    if let key {
      let comment = "timestamp:\(statement.time / 1000)\tfile:\(Self.statement)"
      files[Self.signature] = Data(try key.minisig(of: text, trusted: comment).utf8)
    }
    return files
  }
}
