import CLinux
import Glibc

/// A file that only its owner may read.
package enum SecretFile {
  /// Keys and tokens are lines.
  private static let longest = 64 << 10

  /// Blocks.
  /// - Throws: `FileError.failed`; `openSecret` if others may read it.
  package static func read(_ path: String) throws(FileError) -> String {
    // A credential may be a link that the service manager made.
    let file = try OpenFile(path, O_RDONLY | O_NONBLOCK)
    let facts = try file.facts()
    _ = try file.stamp()
    // A service manager that has lent a credential to its unit by group gives mode 0440.
    guard facts.mode & 0o037 == 0 else { throw .openSecret(path: path) }
    let bytes = try file.read(Self.longest + 1, at: 0)
    guard bytes.count <= Self.longest else { throw .failed(operation: "read", path: path, errno: EFBIG) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
