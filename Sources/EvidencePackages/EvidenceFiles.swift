import Archives
import Crypto
import Evidence
import Foundation
import Foundations
import Work

/// The files of an evidence package, from its directory or its archive. Both come from a stranger: each file but the
/// transcript is held in memory and as small as real ones are, the transcript is read line by line.
struct EvidenceFiles {
  let path: String
  private let isDirectory: Bool
  private var contents: [String: [UInt8]] = [:]
  private var transcript: HexDigest?
  private let checkStop: @Sendable () throws -> Void

  /// - Parameter checkStop: asked again and again; what it throws ends the reading.
  /// - Throws: `WorkError.malformed` for a file that does not belong there, is there twice or is too large; `DatasetError`.
  init(path: String, checkStop: @escaping @Sendable () throws -> Void = {}) throws {
    self.path = path
    self.checkStop = checkStop
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw WorkError.missing(path: path)
    }
    self.isDirectory = isDirectory.boolValue
    if self.isDirectory { try readDirectory() } else { try readArchive() }
  }

  /// Bytes of each file but the transcript.
  private static let limits = [
    EvidencePackage.statement: 1 << 20, EvidencePackage.signature: FileLimits.signature,
    EvidencePackage.ownerKey: FileLimits.key, EvidencePackage.releaseDocument: FileLimits.document,
    EvidencePackage.releaseSignature: FileLimits.signature, EvidencePackage.opening: FileLimits.document,
    EvidencePackage.plan: FileLimits.list, EvidencePackage.gains: FileLimits.list,
  ]

  private mutating func readDirectory() throws {
    let names = try WorkError.reading(path) { () throws(FileFault) in
      try StrangersDirectory(path).names(limit: EvidencePackage.names.count)
    }
    for name in names {
      try claim(name)
      let file = "\(path)/\(name)"
      do {
        if let limit = Self.limits[name] {
          contents[name] = try StrangersFile(name, below: path).bytes(limit: limit)
        } else {
          var hash = SHA256()
          try StrangersFile(name, below: path).forEachBlock {
            hash.update(bufferPointer: $0)
            try checkStop()
          }
          transcript = HexDigest(hash.finalize())
        }
      } catch let fault as FileFault {
        throw WorkError(fault, path: file)
      }
    }
  }

  private mutating func readArchive() throws {
    let reader = try self.reader()
    while let member = try reader.nextMember() {
      guard member.kind == .file else { continue }
      let name = Self.name(of: member)
      try claim(name)
      if let limit = Self.limits[name] {
        guard member.size <= limit else {
          throw WorkError.malformed(
            path: "\(path): \(name)", reason: FileFault.tooLarge(bytes: member.size, limit: limit).description)
        }
        contents[name] = try reader.rest()
      } else {
        var hash = SHA256()
        while try reader.nextBlock({ block in block.withUnsafeBytes { hash.update(bufferPointer: $0) } }) {
          try checkStop()
        }
        transcript = HexDigest(hash.finalize())
      }
    }
  }

  private func reader() throws -> ArchiveReader {
    var limits = InputLimits()
    limits.members = 64
    return try ArchiveReader(
      path: path, limits: limits, containers: ArchiveContainer.tars, onProgress: { [checkStop] _ in try checkStop() })
  }

  private static func name(of member: ArchiveMember) -> String { member.path.last.map(String.init) ?? member.name }

  private func claim(_ name: String) throws {
    guard EvidencePackage.names.contains(name) else {
      throw WorkError.malformed(path: path, reason: "“\(name)” does not belong into an evidence package")
    }
    guard contents[name] == nil, name != EvidencePackage.transcript || transcript == nil else {
      throw WorkError.malformed(path: path, reason: "“\(name)” is there twice")
    }
  }

  /// - Throws: `WorkError.malformed` if it is not there.
  func required(_ name: String) throws -> [UInt8] {
    guard let content = contents[name] else { throw missing(name) }
    return content
  }

  private func missing(_ name: String) -> WorkError { .malformed(path: path, reason: "“\(name)” is missing") }

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
    var digests =
      contents.filter { $0.key != EvidencePackage.statement && $0.key != EvidencePackage.signature }
      .mapValues { HexDigest(of: $0) }
    digests[EvidencePackage.transcript] = transcript
    return digests
  }
}

// MARK: - The transcript

extension EvidenceFiles {
  /// What the transcript says about a plan that holds together, and when its last line was written.
  /// - Throws: `WorkError.malformed` for a line that is none, or a transcript that is longer than the plan's questions
  ///   allow; `EvidenceError.strayLine`.
  func record(of plan: AuditPlan) throws -> (record: AuditRecord, time: Int) {
    guard let transcript else { throw missing(EvidencePackage.transcript) }
    let place = "\(path): \(EvidencePackage.transcript)"
    var record = try AuditRecord(plan, [])
    var time = 0
    var hash = SHA256()
    var rest = plan.longestTranscript
    let blocks = try transcriptBlocks()
    var lines = LineReader(limit: plan.longestLine) {
      try checkStop()
      guard let block = try blocks() else { return nil }
      rest -= block.count
      guard rest >= 0 else {
        throw WorkError.malformed(path: place, reason: "more bytes than \(plan.questions) questions can have")
      }
      hash.update(data: block)
      return block
    }
    let decoder = JSONDecoder()
    do {
      while let line = try lines.next() {
        if line.isEmpty { continue }
        let decoded: AuditLine
        do { decoded = try decoder.decode(AuditLine.self, from: Data(line)) } catch {
          throw WorkError.malformed(path: place, reason: "line \(lines.count): \(error)")
        }
        try record.add(decoded, lines.count)
        time = decoded.time
      }
    } catch let fault as FileFault {
      throw WorkError(fault, path: place)
    }
    // What was checked against the statement is what was read now.
    guard HexDigest(hash.finalize()) == transcript else {
      throw WorkError.malformed(path: place, reason: FileFault.changed.description)
    }
    return (record, time)
  }

  private func transcriptBlocks() throws -> () throws -> [UInt8]? {
    if isDirectory {
      let file = try WorkError.reading("\(path)/\(EvidencePackage.transcript)") { () throws(FileFault) in
        try StrangersFile(EvidencePackage.transcript, below: path)
      }
      return file.blocks()
    }
    let reader = try self.reader()
    while let member = try reader.nextMember() {
      if member.kind == .file, Self.name(of: member) == EvidencePackage.transcript { break }
    }
    return {
      var next: [UInt8]?
      guard try reader.nextBlock({ block in next = block.withUnsafeBufferPointer { Array($0) } }) else { return nil }
      return next
    }
  }
}
