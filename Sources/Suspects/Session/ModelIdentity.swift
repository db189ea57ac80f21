import Foundation
import Foundations

/// What a suspect says it is. Its fingerprint is recorded with each audit, so that another model is noticed.
package struct ModelIdentity: Codable, Sendable, Hashable {
  package struct Tensor: Codable, Sendable, Hashable {
    package var name: String
    package var datatype: String
    /// −1 for any extent.
    package var shape: [Int]
  }

  package var kind: EndpointKind
  package var name: String?
  package var versions: [String]
  package var platform: String?
  package var inputs: [Tensor]
  package var outputs: [Tensor]
  /// Its class names in its order, where it tells them.
  package var classes: [String]?
  /// Whether it described itself; if not, only the configuration stands here, and a change cannot be seen.
  package var isDescribed: Bool

  private enum CodingKeys: String, CodingKey {
    case name, versions, platform, inputs, outputs, classes
    case kind = "protocol"
    case isDescribed = "described"
  }

  /// SHA-256 of the identity as canonical JSON, 64 hexadecimal digits.
  package var fingerprint: String {
    guard let bytes = try? CanonicalJSON.strict(self) else { preconditionFailure("an identity is plain JSON") }
    return HexDigest(of: bytes).description
  }
}
