import Crypto
import Foundation

/// The public half of an owner's key, as minisign writes it.
package struct OwnerPublicKey: Sendable {
  private let key: Curve25519.Signing.PublicKey

  init(_ key: Curve25519.Signing.PublicKey) { self.key = key }

  /// Eight bytes that tell keys apart: the first of the key's SHA-256.
  package var identifier: [UInt8] { Array(SHA256.hash(data: key.rawRepresentation).prefix(8)) }

  /// The identifier as minisign prints it: as a little-endian number in capital hexadecimal digits.
  package var name: String {
    identifier.reversed().map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// Reads a public key file.
  /// - Throws: `malformedKey`; `secretKey` for a secret key file, which has the same form.
  package init(text: String) throws(EvidenceError) {
    if (try? OwnerKey(text: text)) != nil { throw .secretKey }
    let lines = text.split(separator: "\n").map(String.init)
    guard lines.count == 2, lines[0].hasPrefix("untrusted comment: "), let data = Data(base64Encoded: lines[1]),
      data.count == 42, data.prefix(2) == Data("Ed".utf8),
      let key = try? Curve25519.Signing.PublicKey(rawRepresentation: data.dropFirst(10))
    else { throw .malformedKey(what: "public key") }
    self.key = key
  }

  /// The public key file's content.
  package var text: String {
    let bytes = Array("Ed".utf8) + identifier + Array(key.rawRepresentation)
    return "untrusted comment: minisign public key \(name)\n\(Data(bytes).base64EncodedString())\n"
  }

  /// Whether the content of a `.minisig` file signs `content`, its trusted comment included.
  /// - Throws: `malformedSignature` for a file that is none.
  package func verifies(minisig: String, of content: some Sequence<UInt8>) throws(EvidenceError) -> Bool {
    let lines = minisig.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let trusted = "trusted comment: "
    guard lines.count >= 4, lines[0].hasPrefix("untrusted comment: "), let data = Data(base64Encoded: lines[1]),
      data.count == 74, data.prefix(2) == Data("Ed".utf8), lines[2].hasPrefix(trusted),
      let global = Data(base64Encoded: lines[3]), global.count == 64
    else { throw .malformedSignature }
    let signature = data.dropFirst(10)
    return Array(data[2..<10]) == identifier && key.isValidSignature(signature, for: Data(content))
      && key.isValidSignature(global, for: signature + Data(lines[2].dropFirst(trusted.count).utf8))
  }

  /// Whether 64 bytes sign `content`.
  package func verifies(_ signature: [UInt8], of content: some Sequence<UInt8>) -> Bool {
    key.isValidSignature(Data(signature), for: Data(content))
  }
}
