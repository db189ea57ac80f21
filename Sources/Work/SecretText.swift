import Foundation
import Foundations

/// A secret in a file of its own: a credential, or the owner's key.
package enum SecretText {
  /// - Throws: `WorkError.missing`; `openSecret` for a file that others than its owner may read.
  package static func read(_ path: String) throws -> String {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let mode = attributes?[.posixPermissions] as? Int else { throw WorkError.missing(path: path) }
    // A service manager that has lent a credential to its unit by group gives mode 0440.
    guard mode & 0o037 == 0 else { throw WorkError.openSecret(path: path) }
    return try WorkError.reading(path) { () throws(FileFault) in
      try StrangersFile(path).text(limit: FileLimits.credential)
    }
  }
}
