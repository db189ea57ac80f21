import Evidence
import Foundation

extension OwnerPublicKey {
  /// Reads a public key file.
  /// - Throws: `WorkError.missing`; `EvidenceError.malformedKey`.
  init(file path: String) throws {
    guard let content = FileManager.default.contents(atPath: path) else { throw WorkError.missing(path: path) }
    try self.init(text: String(decoding: content, as: UTF8.self))
  }
}

/// `dandyroll key generate`: a new owner's key in two files.
package struct OwnerKeyFiles {
  package let identifier: String

  /// - Throws: `WorkError.alreadyThere`; a key is never replaced.
  package init(name: String) throws {
    for path in ["\(name).key", "\(name).pub"] where FileManager.default.fileExists(atPath: path) {
      throw WorkError.alreadyThere(path: path)
    }
    let key = OwnerKey()
    try DurableFile("\(name).key").write(Data(key.text.utf8), mode: 0o600)
    try DurableFile("\(name).pub").write(Data(key.publicKey.text.utf8))
    identifier = key.publicKey.name
  }
}
