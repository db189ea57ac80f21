/// What a name in the inbox says by itself.
enum InboxName {
  /// Hidden files, uploads and downloads under way, and what other programs leave beside files.
  static func isIgnored(_ name: String) -> Bool {
    let name = name.lowercased()
    return name.hasPrefix(".") || name.contains(".partial") || endings.contains { name.hasSuffix($0) }
      || leftovers.contains(name) || sumsOfMany.contains { name.hasPrefix($0) }
  }

  /// Whether it is what a program calls a file that it has not finished.
  static func isUnderWay(_ name: String) -> Bool {
    let name = name.lowercased()
    return name.hasSuffix(".partial") || downloads.contains { name.hasSuffix($0) }
  }

  private static let downloads = [
    ".part", ".filepart", ".crdownload", ".aria2", ".download", ".opdownload", ".!ut", ".!qb",
  ]
  private static let endings =
    downloads + [
      ".tmp", ".temp", ".md5", ".sha1", ".sha512", ".asc", ".sig", ".minisig", "~", ".swp", ".swo", ".bak", ".orig",
      ".lock",
    ]
  private static let leftovers: Set<String> = ["thumbs.db", "desktop.ini", "nohup.out", "lost+found"]
  private static let sumsOfMany = ["md5sum", "sha1sum", "sha256sum", "sha512sum", "checksum"]

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

  /// The hidden name that a file has for the moment in which it is made sure that it is the one to remove.
  static func taken(_ name: String, chance: UInt32) -> String {
    let digits = String(chance, radix: 16)
    return takenMark + String(repeating: "0", count: 8 - digits.count) + digits + "-" + name
  }

  /// The name that a file had before; nil for any other hidden file.
  static func name(ofTaken hidden: String) -> String? {
    guard hidden.hasPrefix(takenMark) else { return nil }
    let rest = hidden.dropFirst(takenMark.count)
    guard rest.count > 9, rest.prefix(8).allSatisfy(\.isHexDigit), rest.dropFirst(8).first == "-" else { return nil }
    return String(rest.dropFirst(9))
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
  private static let takenMark = ".taken-"
}
