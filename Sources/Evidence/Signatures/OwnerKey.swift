import Crypto
import Foundation

/// The owner's Ed25519 key, which signs releases, evidence packages and alerts so that minisign can check them.
/// - Source: RFC 8032; docs/formats, "Signatures"
package struct OwnerKey: Sendable {
  private let key: Curve25519.Signing.PrivateKey

  static let comment = "untrusted comment: dandyroll owner's secret key, keep it to yourself"

  /// Draws a new key.
  package init() { key = Curve25519.Signing.PrivateKey() }

  /// Reads a secret key file.
  /// - Throws: `malformedKey`.
  package init(text: String) throws(EvidenceError) {
    let lines = text.split(separator: "\n").map(String.init)
    guard lines.count == 2, lines[0].hasPrefix("untrusted comment: "), let data = Data(base64Encoded: lines[1]),
      data.count == 42, data.prefix(2) == Data("Ed".utf8),
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: data.dropFirst(10))
    else { throw .malformedKey(what: "secret key") }
    self.key = key
    guard Array(data[2..<10]) == publicKey.identifier else { throw .malformedKey(what: "secret key") }
  }

  /// The secret key file's content.
  package var text: String {
    let bytes = Array("Ed".utf8) + publicKey.identifier + Array(key.rawRepresentation)
    return "\(Self.comment)\n\(Data(bytes).base64EncodedString())\n"
  }

  package var publicKey: OwnerPublicKey { OwnerPublicKey(key.publicKey) }

  /// 64 bytes.
  package func signature(of content: some Sequence<UInt8>) throws -> [UInt8] {
    Array(try key.signature(for: Data(content)))
  }

  /// The content of a `.minisig` file.
  /// - Parameter trusted: the comment that is signed with the content; one line.
  package func minisig(of content: some Sequence<UInt8>, trusted: String) throws -> String {
    precondition(!trusted.contains("\n"), "a comment is one line")
    let signature = try signature(of: content)
    let global = try self.signature(of: signature + Array(trusted.utf8))
    let line = Data(Array("Ed".utf8) + publicKey.identifier + signature).base64EncodedString()
    return """
      untrusted comment: signature by dandyroll owner's key \(publicKey.name)
      \(line)
      trusted comment: \(trusted)
      \(Data(global).base64EncodedString())

      """
  }
}
