import Crypto
import Evidence
import Foundation
import Glibc

/// The transcript of a series: lines are on the disk before `append` returns, and a line that a crash cut off is dropped
/// when the journal is opened again.
final class AuditJournal {
  let path: String
  private(set) var lines: [AuditLine] = []
  private let descriptor: Int32

  /// Opens or creates the transcript at `path`, mode 0600.
  /// - Throws: `WorkError.io`; `malformed` for a whole line that cannot be read.
  init(path: String) throws {
    self.path = path
    let isNew = !FileManager.default.fileExists(atPath: path)
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, mode_t(0o600))
    guard descriptor >= 0 else { throw WorkError.io(path: path, operation: "open", errno: errno) }
    if isNew { try DurableFile(DurableFile(path).parent).synchronise() }
    let data = try Self.contents(path)
    let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    if whole < data.count, ftruncate(descriptor, off_t(whole)) != 0 {
      throw WorkError.io(path: path, operation: "truncate", errno: errno)
    }
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
  static func read(_ path: String) throws -> [AuditLine] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let data = try contents(path)
    let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return try lines(of: data[..<whole], path: path)
  }

  private static func contents(_ path: String) throws -> Data {
    do { return try Data(contentsOf: URL(fileURLWithPath: path)) } catch { throw WorkError.missing(path: path) }
  }

  func append(_ line: AuditLine) throws {
    let bytes = Array(try CanonicalJSON.encode(line))
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw WorkError.io(path: path, operation: "write", errno: errno) }
      written += count
    }
    guard fdatasync(descriptor) == 0 else { throw WorkError.io(path: path, operation: "fdatasync", errno: errno) }
    lines.append(line)
  }

  /// SHA-256 of the file as it is.
  func digest() throws -> HexDigest { try BagIt.digest(of: path) }
}
