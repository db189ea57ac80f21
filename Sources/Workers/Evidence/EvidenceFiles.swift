import Datasets
import Evidence
import Foundation

/// The files of an evidence package, from its directory or its archive. Both come from a stranger.
struct EvidenceFiles {
  let path: String
  private var contents: [String: [UInt8]] = [:]

  /// - Throws: `WorkError.malformed` for a file that does not belong there or is there twice; `DatasetError`.
  init(path: String) throws {
    self.path = path
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw WorkError.missing(path: path)
    }
    var limits = Limits()
    // A transcript has some 500 bytes a question.
    limits.memberBytes = 512 << 20
    limits.archiveBytes = 1 << 30
    limits.members = 64
    if isDirectory.boolValue {
      for name in try FileManager.default.contentsOfDirectory(atPath: path) {
        let file = "\(path)/\(name)"
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
        guard size <= limits.memberBytes, let data = FileManager.default.contents(atPath: file) else {
          throw WorkError.malformed(path: file, reason: "too large or not readable")
        }
        try add(name, Array(data))
      }
    } else {
      let reader = try ArchiveReader(path: path, limits: limits)
      while let member = try reader.nextMember() {
        guard member.kind == .file else { continue }
        try add(member.path.last.map(String.init) ?? member.name, reader.rest())
      }
    }
  }

  private mutating func add(_ name: String, _ content: [UInt8]) throws {
    guard EvidencePackage.names.contains(name) else {
      throw WorkError.malformed(path: path, reason: "“\(name)” does not belong into an evidence package")
    }
    guard contents.updateValue(content, forKey: name) == nil else {
      throw WorkError.malformed(path: path, reason: "“\(name)” is there twice")
    }
  }

  /// - Throws: `WorkError.malformed` if it is not there.
  func required(_ name: String) throws -> [UInt8] {
    guard let content = contents[name] else { throw WorkError.malformed(path: path, reason: "“\(name)” is missing") }
    return content
  }

  func content(_ name: String) -> [UInt8]? { contents[name] }

  func text(_ name: String) -> String? { contents[name].map { String(decoding: $0, as: UTF8.self) } }

  func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    let content = try required(name)
    do { return try JSONDecoder().decode(type, from: Data(content)) } catch {
      throw WorkError.malformed(path: "\(path): \(name)", reason: "\(error)")
    }
  }

  /// Digests of all files but the statement and its signature.
  var digests: [String: HexDigest] {
    contents.filter { $0.key != EvidencePackage.statement && $0.key != EvidencePackage.signature }
      .mapValues { HexDigest(bytes: ContentDigest(of: $0).bytes) }
  }
}
