import Crypto
import Datasets
import Evidence
import Foundation
import Jobs
import Strangers

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
  func seal(
    payload: [(path: String, bytes: Int, digest: HexDigest)], tags: [String], identifier: String, date: String
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
    let lines = try names.map { "\(try Self.digest(of: path($0)))  \($0)\n" }
    try write(Self.tagManifest, lines.joined())
  }

  /// Checks both manifests against the files.
  /// - Parameters:
  ///   - largest: bytes that a listed file may have, by its name.
  ///   - onProgress: called after each piece of a file; what it throws ends the check.
  /// - Returns: what is wrong, one line each; empty when all is well.
  func problems(
    largest: (String) -> Int = { _ in FileLimits.tagFile }, onProgress: ProgressReport = { _ in }
  ) throws -> [String] {
    var problems: [String] = []
    for manifest in [Self.payloadManifest, Self.tagManifest] {
      do {
        var lines = try StrangersFile(manifest, below: directory).lines(limit: FileLimits.manifestLine)
        while let line = try lines.next() {
          if line.isEmpty { continue }
          if let problem = try problem(with: line, of: manifest, largest: largest, onProgress: onProgress) {
            problems.append(problem)
          }
          guard problems.count < Self.mostProblems else {
            problems.append("and perhaps more, which was not looked for")
            return problems
          }
        }
      } catch let fault as FileFault {
        problems.append("\(manifest): \(fault.isMissing ? "missing" : fault.description)")
      }
    }
    return problems
  }

  /// A bag in which more is wrong is wrong.
  private static let mostProblems = 100

  private func problem(
    with line: [UInt8], of manifest: String, largest: (String) -> Int, onProgress: ProgressReport
  ) throws -> String? {
    guard let line = String(validating: line, as: UTF8.self) else { return "\(manifest): a line that is not UTF-8" }
    let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    let name = String(parts.count == 2 ? parts[1].drop(while: { $0 == " " || $0 == "*" }) : "")
    guard let stated = parts.first.flatMap({ HexDigest(String($0)) }), !name.isEmpty else {
      return "\(manifest): malformed line “\(line)”"
    }
    do {
      let found = try Self.digest(
        of: StrangersFile(name, below: directory, limit: largest(name)), onProgress: onProgress)
      return found == stated ? nil : "\(name): SHA-256 is \(found), \(manifest) says \(stated)"
    } catch FileFault.leavesDirectory {
      return "\(manifest): “\(name)” leaves the directory"
    } catch let fault as FileFault {
      return "\(name): listed in \(manifest) and \(fault.isMissing ? "missing" : "not usable: \(fault)")"
    }
  }

  private func path(_ name: String) -> String { "\(directory)/\(name)" }

  private func write(_ name: String, _ text: String) throws {
    try DurableFile(path(name)).write(Data(text.utf8))
  }

  /// SHA-256 of a file, read in pieces.
  /// - Parameter onProgress: called after each piece; what it throws ends the reading.
  static func digest(of path: String, onProgress: ProgressReport = { _ in }) throws -> HexDigest {
    do {
      return try digest(of: StrangersFile(path), onProgress: onProgress)
    } catch let fault as FileFault {
      throw WorkError(fault, path: path)
    }
  }

  private static func digest(of file: StrangersFile, onProgress: ProgressReport) throws -> HexDigest {
    var hash = SHA256()
    var read = 0
    try file.forEachBlock { block in
      hash.update(bufferPointer: block)
      read += block.count
      try onProgress(ArchiveProgress(bytesRead: read, bytesTotal: max(read, file.size)))
    }
    return HexDigest(hash.finalize())
  }
}
