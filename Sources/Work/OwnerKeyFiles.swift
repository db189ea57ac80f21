import Evidence
package import Foundation
import Foundations
import Glibc

/// `dandyroll key generate`: a new owner's key in two files.
package struct OwnerKeyFiles {
  package let identifier: String

  /// - Throws: `WorkError.alreadyThere`; a key is never replaced.
  package init(name: String) throws {
    for path in ["\(name).key", "\(name).pub"] where FileManager.default.fileExists(atPath: path) {
      throw WorkError.alreadyThere(path: path)
    }
    let key = OwnerKey()
    do throws(SystemCall.Failure) { try DurableFile("\(name).key").create(Data(key.text.utf8)) } catch {
      throw error.errno == EEXIST ? WorkError.alreadyThere(path: error.path) : WorkError(error)
    }
    try DurableFile("\(name).pub").write(Data(key.publicKey.text.utf8))
    identifier = key.publicKey.name
  }
}

extension OwnerPublicKey {
  /// Reads a public key file; `place` is what it is called.
  /// - Throws: `WorkError.malformed`, `.secretKey`.
  package init(content: Data, of place: String) throws {
    guard let text = String(bytes: content, encoding: .utf8) else {
      throw WorkError.malformed(path: place, reason: Self.isNone)
    }
    do {
      try self.init(text: text)
    } catch EvidenceError.secretKey {
      throw WorkError.secretKey(path: place)
    } catch {
      throw WorkError.malformed(path: place, reason: Self.isNone)
    }
  }

  /// - Throws: the same, and `WorkError.missing`.
  package init(file: String) throws {
    // A key has some 120 bytes; whatever is longer is none.
    let content = try WorkError.reading(file) { () throws(FileFault) in
      try StrangersFile(file).bytes(limit: FileLimits.key)
    }
    try self.init(content: Data(content), of: file)
  }

  private static let isNone = "not a public key file"
}
