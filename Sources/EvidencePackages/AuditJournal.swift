package import Archives
import Crypto
package import Evidence
import Foundation
package import Foundations
import Glibc
import Work

/// The transcript of a series: lines are on the disk before `append` returns, and a line that a crash cut off is dropped
/// when the journal is opened again.
package final class AuditJournal {
  package let path: String
  private(set) var lines: [AuditLine] = []
  private let descriptor: Int32
  /// Bytes of the whole lines.
  private var length = 0

  /// Opens or creates the transcript at `path`, mode 0600.
  /// - Throws: `WorkError.io`; `malformed` for a whole line that cannot be read.
  package init(path: String) throws {
    self.path = path
    let isNew = !DurableFile(path).exists
    descriptor = try SystemCall.run("open", path) { open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, mode_t(0o600)) }
    if isNew { try DurableFile(DurableFile(path).parent).synchronise() }
    let data = try Self.contents(path)
    let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    if whole < data.count { try SystemCall.run("truncate", path) { ftruncate(descriptor, off_t(whole)) } }
    length = whole
    lines = try Self.lines(of: data[..<whole], path: path)
  }

  deinit { close(descriptor) }

  /// - Throws: `WorkError.malformed` with the line's number.
  static func lines(of data: some Collection<UInt8>, path: String) throws -> [AuditLine] {
    let decoder = JSONDecoder()
    return try data.split(separator: UInt8(ascii: "\n")).enumerated().map { index, line in
      do { return try decoder.decode(AuditLine.self, from: Data(line)) } catch {
        throw WorkError.malformed(path: path, reason: "line \(index + 1): \(error)")
      }
    }
  }

  /// The whole lines of a transcript; none if there is no file.
  package static func read(_ path: String) throws -> [AuditLine] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let data = try contents(path)
    let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return try lines(of: data[..<whole], path: path)
  }

  private static func contents(_ path: String) throws -> Data { try DurableFile(path).read() }

  /// - Throws: `WorkError.io`; the transcript is then as it was, so that a later line does not continue a part of this one.
  func append(_ line: AuditLine) throws {
    let bytes = Array(try CanonicalJSON.encode(line))
    do { try write(bytes) } catch {
      // Where this fails too, opening the journal again drops the part.
      _ = ftruncate(descriptor, off_t(length))
      throw error
    }
    length += bytes.count
    lines.append(line)
  }

  private func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try SystemCall.write($0, to: descriptor, path) }
    try SystemCall.run("fdatasync", path) { fdatasync(descriptor) }
  }

  /// SHA-256 of the file as it is.
  package func digest(onProgress: ProgressReport) throws -> HexDigest {
    try HexDigest(ofFile: path, onProgress: onProgress)
  }
}
