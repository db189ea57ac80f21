import Archives
import Evidence
import Foundation
import Foundations
import Glibc
import Jobs
import Work

/// What lies beside the archive of a release, made in an order in which each file states the digests of those before it.
struct ReleaseDirectory {
  let path: String

  static let document = "release.json"
  static let croissant = "croissant.json"
  static let provenance = "provenance.json"
  /// What the owner signs.
  static let signed = [document, croissant, provenance]
  static func signature(of name: String) -> String { "\(name).minisig" }

  /// Writes it all, around a payload that is there.
  /// - Parameters:
  ///   - payload: path, size and digest of each file of it.
  ///   - created: whole seconds since 1970.
  func seal(
    _ document: ReleaseDocument, terms: ReleaseTerms, payload: [BagIt.File], container: ArchiveContainer,
    key: OwnerKey?,
    created: Int, onProgress: ProgressReport
  ) throws {
    var files = payload
    var tags: [String] = []
    func write(_ name: String, _ content: some Encodable) throws {
      let text = try CanonicalJSON.encode(content)
      try DurableFile("\(path)/\(name)").write(text)
      files.append((name, text.count, HexDigest(of: text)))
      tags.append(name)
      guard let key else { return }
      let signature = try key.minisig(of: text, trusted: "timestamp:\(created)\tfile:\(name)")
      try DurableFile("\(path)/\(Self.signature(of: name))").write(Data(signature.utf8))
      tags.append(Self.signature(of: name))
    }
    try write(Self.document, document)
    try write(Self.croissant, Croissant(document, terms: terms, files: files, container: container))
    try write(Self.provenance, Provenance(document, files: files, key: key?.publicKey.name))
    try BagIt(directory: path).seal(
      payload: payload, tags: tags, identifier: document.name.description, date: String(document.created.prefix(10)),
      onProgress: onProgress)
  }

  /// A file of a release that a stranger may have made; nil if there is no such file.
  /// - Throws: `WorkError`.
  func content(of name: String, limit: Int) throws -> [UInt8]? {
    do {
      return try StrangersFile(name, below: path).bytes(limit: limit)
    } catch .system("open", ENOENT) {
      return nil
    } catch {
      throw WorkError(error, path: "\(path)/\(name)")
    }
  }
}
