import Foundation
import Glibc

/// A file that only its owner may read.
enum SecretFile {
  /// Blocks.
  /// - Throws: `ServiceError.file`; `openSecret` if others may read it.
  static func read(_ path: String) throws(ServiceError) -> String {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let mode = attributes?[.posixPermissions] as? Int else {
      throw .file(operation: "read", path: path, errno: ENOENT)
    }
    // A service manager that has lent a credential to its unit by group gives mode 0440.
    guard mode & 0o037 == 0 else { throw .openSecret(path: path) }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw .file(operation: "read", path: path, errno: EACCES)
    }
    return text
  }
}
