/// What a name in the inbox says by itself.
enum InboxName {
  /// Hidden files, uploads under way, and our own receipts.
  static func isIgnored(_ name: String) -> Bool {
    let name = name.lowercased()
    return name.hasPrefix(".") || name.hasSuffix(".part") || name.contains(".partial") || name.hasSuffix(".filepart")
      || name.hasSuffix(".tmp") || name.contains(receiptMark)
  }

  /// The file that this one speaks for: "x.tar.ready" and "x.tar.sha256" belong to "x.tar".
  static func subject(ofSidecar name: String) -> String? {
    for ending in [readyEnding, digestEnding] where name.hasSuffix(ending) && name.utf8.count > ending.utf8.count {
      return String(name.dropLast(ending.count))
    }
    return nil
  }

  static func sidecars(of path: String) -> [String] {
    [path + readyEnding, path + digestEnding]
  }

  /// The visible answer to a file whose bytes are held already.
  static func receipt(for path: String, duplicateOf holder: String) -> String {
    path + receiptMark + holder
  }

  /// What a receipt with this name says: which file was dropped, and who held its bytes already.
  static func duplicate(byReceipt name: String) -> (file: String, holder: String)? {
    guard !name.hasPrefix("."), let mark = name.ranges(of: receiptMark).last else { return nil }
    return (String(name[..<mark.lowerBound]), String(name[mark.upperBound...]))
  }

  /// Why a file with this name cannot be taken; nil if it can.
  static func problem(_ name: String) -> String? {
    if name.unicodeScalars.contains("\u{FFFD}") { return "its name is not valid UTF-8: rename it" }
    if name.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      return "its name has control characters: rename it"
    }
    // Room for "input-", ".duplicate-of-…" and the hidden names of copies within NAME_MAX (255).
    if name.utf8.count > 160 { return "its name has more than 160 bytes: rename it" }
    return nil
  }

  static let readyEnding = ".ready"
  static let digestEnding = ".sha256"
  private static let receiptMark = ".duplicate-of-"
}
