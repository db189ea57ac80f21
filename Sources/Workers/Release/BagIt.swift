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

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  private func write(_ name: String, _ text: String) throws {
    try DurableFile(path(name)).write(Data(text.utf8))
  }

  /// SHA-256 of a file, read in pieces.
  static func digest(of path: String, onProgress: ProgressReport = { _ in }) throws -> HexDigest {
    do {
      return HexDigest(try digest(of: StrangersFile(path), SHA256.self, onProgress: onProgress))
    } catch let fault as FileFault {
      throw WorkError(fault, path: path)
    }
  }

  /// - Parameter onProgress: called after each piece; what it throws ends the reading.
  static func digest<Hash: HashFunction>(
    of file: StrangersFile, _ hash: Hash.Type, onProgress: ProgressReport = { _ in }
  ) throws -> Hash.Digest {
    var hash = Hash()
    var read = 0
    try file.forEachBlock { block in
      hash.update(bufferPointer: block)
      read += block.count
      try onProgress(ArchiveProgress(bytesRead: read, bytesTotal: max(read, file.size)))
    }
    return hash.finalize()
  }
}
