import Foundation

extension ServiceSettings {
  /// The directories with their keys. Each belongs to one purpose alone.
  package var directories: [(key: String, path: String)] {
    [
      ("inbox", inbox), ("outbox", outbox), ("vault", vault), ("work", work), ("failed", failed),
      ("held", held), ("originals", originals), ("receipts", receipts),
    ]
  }

  /// Makes every path absolute and plain: relative ones start from `state`, a relative `state` from `directory`.
  mutating func resolvePaths(from directory: String) {
    state = Self.plain(state, from: directory)
    for field in [
      \Self.inbox, \.outbox, \.vault, \.work, \.failed, \.held, \.originals, \.receipts, \.ledger, \.socket,
    ] {
      self[keyPath: field] = Self.plain(self[keyPath: field], from: state)
    }
    if !signingKey.isEmpty { signingKey = Self.plain(signingKey, from: state) }
  }

  /// An absolute path without ".", ".." and empty parts.
  static func plain(_ path: String, from directory: String) -> String {
    var parts: [Substring] = []
    for part in (path.hasPrefix("/") ? path : directory + "/" + path).split(separator: "/") {
      switch part {
      case ".": continue
      case "..": _ = parts.popLast()
      default: parts.append(part)
      }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// Whether `path` is `directory` or lies below it; both absolute and plain.
  package static func isInside(_ path: String, _ directory: String) -> Bool {
    path == directory || path.hasPrefix(directory == "/" ? "/" : directory + "/")
  }

  /// What is wrong with the paths as a whole, by key.
  package func pathProblems() -> [(key: String, rule: String)] {
    var problems: [(key: String, rule: String)] = []
    for (index, first) in directories.enumerated() {
      if first.path == "/" { problems.append((first.key, "is the root directory")) }
      if Self.isInside(state, first.path), first.path != "/" {
        problems.append((first.key, "\(first.path) holds the state directory \(state)"))
      }
      for second in directories[(index + 1)...] {
        if first.path == second.path {
          problems.append((second.key, "is the same directory as \(first.key), \(first.path)"))
        } else if Self.isInside(second.path, first.path) {
          problems.append((second.key, "\(second.path) lies inside \(first.key), \(first.path)"))
        } else if Self.isInside(first.path, second.path) {
          problems.append((first.key, "\(first.path) lies inside \(second.key), \(second.path)"))
        }
      }
      for (key, path) in [("ledger", ledger), ("socket", socket)] where Self.isInside(path, first.path) {
        problems.append((key, "\(path) lies inside \(first.key), \(first.path)"))
      }
    }
    // sockaddr_un holds 108 bytes with the NUL at the end.
    if socket.utf8.count > 107 {
      problems.append(("socket", "\(socket) has \(socket.utf8.count) bytes, a socket's path at most 107"))
    }
    if ledger == socket { problems.append(("socket", "is the same file as ledger")) }
    return problems
  }
}
