/// Where each key of a TOML document stands: "jobs.memory" → 12, "dataset[1].name" → 40.
///
/// TOMLKit 0.6.0 tells positions of syntax errors (`TOMLParseError.source`, which `SettingValue.document` passes on) and of
/// nothing that it has accepted: neither its values nor its C interface carry the parser's regions. So this reads the
/// document a second time, after the parser has accepted it: only keys, headers and the extent of values matter here. Keys
/// inside inline tables count as their outer key.
struct KeyLineNumbers {
  private var lines: [String: Int] = [:]
  private var tablesSeen: [String: Int] = [:]

  init(_ text: String) {
    var scanner = Scanner(text)
    var prefix = ""
    while scanner.skipToStatement() {
      let line = scanner.line
      if scanner.take("[") {
        let isElement = scanner.take("[")
        let path = scanner.keyPath().joined(separator: ".")
        if isElement {
          let index = tablesSeen[path, default: 0]
          tablesSeen[path] = index + 1
          prefix = "\(path)[\(index)]"
        } else {
          prefix = path
        }
        lines[prefix] = line
        scanner.skipLine()
      } else {
        let path = scanner.keyPath()
        for end in path.indices {
          let key = ([prefix] + path[...end]).filter { !$0.isEmpty }.joined(separator: ".")
          if lines[key] == nil { lines[key] = line }
        }
        scanner.skipValue()
      }
    }
  }

  /// The line of `path`, or of the nearest table around it.
  func line(of path: String) -> Int? {
    var path = path
    while true {
      if let line = lines[path] { return line }
      guard let dot = path.lastIndex(of: ".") else { return nil }
      path = String(path[..<dot])
    }
  }
}

/// Walks the bytes of a valid TOML document.
private struct Scanner {
  private let bytes: [UInt8]
  private var at = 0
  private(set) var line = 1

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func advance() {
    if bytes[at] == UInt8(ascii: "\n") { line += 1 }
    at += 1
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    advance()
    return true
  }

  mutating func skipLine() {
    while let byte = current, byte != UInt8(ascii: "\n") { advance() }
  }

  /// Moves over blanks, empty lines and comments; false at the end.
  mutating func skipToStatement() -> Bool {
    while let byte = current {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): advance()
      case UInt8(ascii: "#"): skipLine()
      default: return true
      }
    }
    return false
  }

  /// A dotted key up to its "=" or "]", which is taken too.
  mutating func keyPath() -> [String] {
    var path: [String] = []
    var part: [UInt8] = []
    while let byte = current {
      switch byte {
      case UInt8(ascii: "="), UInt8(ascii: "]"), UInt8(ascii: "\n"):
        if byte != UInt8(ascii: "\n") { advance() }
        path.append(String(decoding: part, as: UTF8.self))
        return path
      case UInt8(ascii: "."):
        advance()
        path.append(String(decoding: part, as: UTF8.self))
        part = []
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        let start = at + 1
        skipString()
        part += bytes[start..<max(start, at - 1)]
      case UInt8(ascii: " "), UInt8(ascii: "\t"):
        advance()
      default:
        part.append(byte)
        advance()
      }
    }
    path.append(String(decoding: part, as: UTF8.self))
    return path
  }

  /// Moves over a value to the end of its last line.
  mutating func skipValue() {
    var depth = 0
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        skipString()
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        advance()
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
        advance()
      case UInt8(ascii: "#"):
        skipLine()
      case UInt8(ascii: "\n") where depth == 0:
        return
      default:
        advance()
      }
    }
  }

  private mutating func skipString() {
    let quote = bytes[at]
    let escapes = quote == UInt8(ascii: "\"")
    let isLong = at + 2 < bytes.count && bytes[at + 1] == quote && bytes[at + 2] == quote
    for _ in 0..<(isLong ? 3 : 1) { advance() }
    while let byte = current {
      if escapes, byte == UInt8(ascii: "\\"), at + 1 < bytes.count {
        advance()
        advance()
      } else if byte == quote {
        guard isLong else { return advance() }
        var run = 0
        while current == quote {
          run += 1
          advance()
        }
        // Up to two quotes may stand just before the three that close.
        if run >= 3 { return }
      } else {
        advance()
      }
    }
  }
}
