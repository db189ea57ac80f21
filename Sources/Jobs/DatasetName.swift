/// A dataset's name: it becomes part of directory names in the outbox and the vault.
///
/// A document that names a dataset is read into this type, so that what a stranger wrote there cannot lead out of a
/// directory. What the daemon names itself is narrower: `isSafe`.
package struct DatasetName: Sendable, Hashable, CustomStringConvertible {
  static let longest = 64
  /// With `release-` before it and a version behind it a name must still be one that a file may have.
  private static let longestKnown = 200

  package let description: String

  /// Nil for what is no component of a path. The command line has always named releases by their directories, so letters
  /// outside of `isSafe` are names too.
  package init?(_ text: String) {
    guard Self.isComponent(text), text.utf8.count <= Self.longestKnown else { return nil }
    description = text
  }

  /// Whether a name from a document may be used as one component of a path: 1 … 255 bytes without '/' and control
  /// characters, and neither "." nor "..".
  package static func isComponent(_ name: some StringProtocol) -> Bool {
    (1...255).contains(name.utf8.count) && name != "." && name != ".."
      && !name.unicodeScalars.contains { $0 == "/" || $0.properties.generalCategory == .control }
  }

  /// Lower-case letters, digits, '.', '_' and '-', not starting with '.' or '-', 1 … 64 bytes.
  package static func isSafe(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= longest else { return false }
    return first != UInt8(ascii: ".") && first != UInt8(ascii: "-") && name.utf8.allSatisfy(isSafe)
  }

  private static func isSafe(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// The name for a file that no rule matches: without its archive extensions, in safe characters.
  ///
  /// "CIFAR 10.tar.gz" → "cifar-10". Nil when nothing safe is left.
  package static func derived(fromFile name: String) -> String? {
    var stem = name.lowercased()
    for group in [[".gz", ".zst", ".xz", ".tgz", ".txz", ".tzst"], [".tar", ".zip"]] {
      if let ending = group.first(where: { stem.hasSuffix($0) && stem != $0 }) { stem.removeLast(ending.count) }
    }
    var bytes: [UInt8] = []
    for byte in stem.utf8 {
      if isSafe(byte) {
        bytes.append(byte)
      } else if bytes.last != UInt8(ascii: "-") {
        bytes.append(UInt8(ascii: "-"))
      }
    }
    let ends = [UInt8(ascii: "-"), UInt8(ascii: ".")]
    var trimmed = bytes.drop { ends.contains($0) }.prefix(longest)
    while let last = trimmed.last, ends.contains(last) { trimmed.removeLast() }
    let derived = String(decoding: trimmed, as: UTF8.self)
    return isSafe(derived) ? derived : nil
  }
}

extension DatasetName: Codable {
  /// - Throws: `DecodingError` for what is no component of a path.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let name = Self(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a dataset's name")
    }
    self = name
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
