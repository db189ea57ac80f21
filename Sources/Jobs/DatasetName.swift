/// Names of datasets: they become parts of directory names in the outbox and the vault.
package enum DatasetName {
  static let longest = 64

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
