import Crypto
import Datasets
import Evidence
import Foundation
import Jobs

/// The BagIt packaging of a release directory: declarations and the two manifests.
/// - Source: RFC 8493
struct BagIt {
  let directory: String

  static let payloadManifest = "manifest-sha256.txt"
  static let tagManifest = "tagmanifest-sha256.txt"

  /// Writes every BagIt file of a directory whose payload and other tag files are already there.
  /// - Parameters:
  ///   - payload: path inside the bag, size and digest of each payload file.
  ///   - tags: names of the tag files besides BagIt's own.
  ///   - date: `YYYY-MM-DD`.
  ///   - onProgress: hears of the tag files as they are read again.
  func seal(
    payload: [(path: String, bytes: Int, digest: HexDigest)], tags: [String], identifier: String, date: String,
    onProgress: ProgressReport
  ) throws {
    try write("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    let octets = payload.reduce(0) { $0 + $1.bytes }
    try write(
      "bag-info.txt",
      """
      Bag-Software-Agent: dandyroll \(ProgramVersion.current)
      Bagging-Date: \(date)
      External-Identifier: \(identifier)
      Payload-Oxum: \(octets).\(payload.count)

      """)
    try write(Self.payloadManifest, payload.map { "\($0.digest)  \($0.path)\n" }.joined())
    let names = (["bagit.txt", "bag-info.txt", Self.payloadManifest] + tags).sorted()
    let lines = try names.map { "\(try Self.digest(of: path($0), onProgress: onProgress))  \($0)\n" }
    try write(Self.tagManifest, lines.joined())
  }

  /// Checks both manifests against the files.
  /// - Returns: what is wrong, one line each; empty when all is well.
  func problems(onProgress: ProgressReport) throws -> [String] {
    var problems: [String] = []
    for manifest in [Self.payloadManifest, Self.tagManifest] {
      let text: String
      do { text = try String(contentsOfFile: path(manifest), encoding: .utf8) } catch {
        problems.append("\(manifest): missing or not UTF-8")
        continue
      }
      for line in text.split(separator: "\n") {
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        let name = parts.count == 2 ? parts[1].drop(while: { $0 == " " || $0 == "*" }) : ""
        guard let stated = parts.first.flatMap({ HexDigest(String($0)) }), !name.isEmpty else {
          problems.append("\(manifest): malformed line “\(line)”")
          continue
        }
        guard !name.split(separator: "/").contains(".."), !name.hasPrefix("/") else {
          problems.append("\(manifest): “\(name)” leaves the directory")
          continue
        }
        guard FileManager.default.fileExists(atPath: path(String(name))) else {
          problems.append("\(name): listed in \(manifest) and missing")
          continue
        }
        let found = try Self.digest(of: path(String(name)), onProgress: onProgress)
        if found != stated { problems.append("\(name): SHA-256 is \(found), \(manifest) says \(stated)") }
      }
    }
    return problems
  }

  private func path(_ name: String) -> String { "\(directory)/\(name)" }

  private func write(_ name: String, _ text: String) throws {
    try DurableFile(path(name)).write(Data(text.utf8))
  }

  /// SHA-256 of a file, read in pieces.
  /// - Parameter onProgress: called after each piece; what it throws ends the reading.
  static func digest(of path: String, onProgress: ProgressReport) throws -> HexDigest {
    guard let file = FileHandle(forReadingAtPath: path) else { throw WorkError.missing(path: path) }
    defer { try? file.close() }
    let size = Int(try file.seekToEnd())
    try file.seek(toOffset: 0)
    var hash = SHA256()
    var read = 0
    while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
      hash.update(data: piece)
      read += piece.count
      try onProgress(ArchiveProgress(bytesRead: read, bytesTotal: max(read, size)))
    }
    return HexDigest(hash.finalize())
  }
}
