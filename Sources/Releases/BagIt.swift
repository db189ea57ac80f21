import Archives
import Evidence
import Foundation
import Foundations
import Jobs
import Work

/// The BagIt packaging of a release directory: declarations and the two manifests.
/// - Source: RFC 8493
struct BagIt {
  /// Path inside the bag, size and digest.
  typealias File = (path: String, bytes: Int, digest: HexDigest)

  let directory: String

  static let payloadManifest = "manifest-sha256.txt"
  static let tagManifest = "tagmanifest-sha256.txt"

  /// Writes every BagIt file of a directory whose payload and other tag files are already there.
  /// - Parameters:
  ///   - tags: names of the tag files besides BagIt's own.
  ///   - date: `YYYY-MM-DD`.
  ///   - onProgress: hears of the tag files as they are read again.
  func seal(
    payload: [File], tags: [String], identifier: String, date: String,
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
    let lines = try names.map { "\(try HexDigest(ofFile: path($0), onProgress: onProgress))  \($0)\n" }
    try write(Self.tagManifest, lines.joined())
  }

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  private func write(_ name: String, _ text: String) throws {
    try DurableFile(path(name)).write(Data(text.utf8))
  }
}
