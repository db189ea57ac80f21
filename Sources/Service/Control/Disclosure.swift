import Foundation

/// What leaves the vault of a document that a worker wrote there: everything but what a release's commitment rests on.
enum Disclosure {
  /// The generator's digest, the target class, digests of archives before marking, and seeds (FORMATS.md, "Vault").
  enum Secret: String, CaseIterable {
    case generator, targetClass, source, seed
  }

  /// A JSON document without some of its keys, wherever they stand.
  /// - Throws: what is wrong with the JSON.
  static func stripped(_ document: [UInt8], of secrets: [Secret] = Secret.allCases) throws -> [UInt8] {
    let value = try JSONSerialization.jsonObject(with: Data(document), options: .fragmentsAllowed)
    let names = Set(secrets.map(\.rawValue))
    func stripped(_ value: Any) -> Any {
      switch value {
      case let object as [String: Any]: object.filter { !names.contains($0.key) }.mapValues(stripped)
      case let array as [Any]: array.map(stripped)
      default: value
      }
    }
    let text = try JSONSerialization.data(
      withJSONObject: stripped(value), options: [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed])
    return Array(text) + [UInt8(ascii: "\n")]
  }
}
