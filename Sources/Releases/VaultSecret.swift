import Crypto
import Evidence
import Foundation
package import Foundations
import Glibc
import Work

/// 32 random bytes that a vault keeps, and that every release of it takes its own key from (docs/formats, "Vault"):
/// what makes a release's marks unguessable for whoever has the same archive, settings and seed.
package struct VaultSecret: Sendable, Equatable {
  private let bytes: [UInt8]

  /// - Precondition: 32 bytes.
  package init(bytes: [UInt8]) {
    precondition(bytes.count == Self.count, "a vault's secret has 32 bytes")
    self.bytes = bytes
  }

  /// One that nobody else has, from the system's random numbers.
  package static func drawn() -> VaultSecret {
    var source = SystemRandomNumberGenerator()
    return VaultSecret(bytes: (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &source) })
  }

  /// A secret for experiments, whose releases nobody publishes and everybody can make again.
  package static func ofExperiment(seed: UInt64) -> VaultSecret {
    VaultSecret(bytes: Array(SHA256.hash(data: Array("dandyroll experiment \(seed)".utf8))))
  }

  /// The key of one release.
  /// - Parameters:
  ///   - generator: digest of the generator file.
  ///   - source: digest of the archive before marking.
  ///   - seed: of the release.
  func key(generator: HexDigest, source: HexDigest, seed: UInt64) -> HexDigest {
    key("dandyroll release key 1", generator.bytes + source.bytes, seed)
  }

  /// The key of one model's own watermark.
  /// - Parameters:
  ///   - host: digest of the host's file.
  ///   - source: digest of the archive that it is marked on.
  ///   - seed: of the watermark.
  package func key(ofModelMarkedFrom host: HexDigest, source: HexDigest, seed: UInt64) -> HexDigest {
    key("dandyroll model watermark key 1", host.bytes + source.bytes, seed)
  }

  private func key(_ purpose: String, _ content: [UInt8], _ seed: UInt64) -> HexDigest {
    var hmac = HMAC<SHA256>(key: SymmetricKey(data: bytes))
    hmac.update(data: Array(purpose.utf8))
    hmac.update(data: content)
    hmac.update(data: withUnsafeBytes(of: seed.bigEndian) { Array($0) })
    return HexDigest(bytes: Array(hmac.finalize()))
  }

  private static let count = 32
}

extension VaultSecret {
  /// The name of its file in the vault.
  static let file = "secret"

  /// The secret of a vault, which is made before anything can rest on it and never changes.
  /// - Parameters:
  ///   - vault: the vault that holds all releases.
  ///   - fresh: what a vault without a secret gets.
  /// - Throws: `WorkError.malformed` for a file of another length, `openSecret` for one that others may read, `io`.
  package static func kept(in vault: String, fresh: VaultSecret) throws -> VaultSecret {
    let path = "\(vault)/\(file)"
    if !DurableFile(path).exists {
      if !DurableFile(vault).exists {
        try DurableFile(vault).createDirectory(mode: 0o700)
        try DurableFile(DurableFile(vault).parent).synchronise()
      }
      let draft = DurableFile("\(vault)/.\(file).\(UUID().uuidString)")
      defer { try? draft.remove() }
      try draft.write(fresh.bytes, mode: 0o600)
      // Of two that make one at the same moment the second takes the first's.
      _ = try draft.claim(path)
    }
    let found = try DurableFile(path).read()
    guard found.count == count else {
      throw WorkError.malformed(path: path, reason: "a vault's secret has \(count) bytes, this file has \(found.count)")
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & 0o077 == 0 else { throw WorkError.openSecret(path: path) }
    return VaultSecret(bytes: Array(found))
  }
}
