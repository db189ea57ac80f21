/// What every page of the daemon has around it.
package struct Site: Sendable {
  package let version: String
  /// Seconds between two looks of a browser.
  package let refresh: Int
  /// Seconds since 1970: when the page was made.
  package let now: Int
  /// Whether there is a page of suspects.
  package let hasSuspects: Bool

  package init(version: String, refresh: Int, now: Int, hasSuspects: Bool = false) {
    self.hasSuspects = hasSuspects
    self.version = version
    self.refresh = refresh
    self.now = now
  }

  package enum Place: String, Sendable, CaseIterable {
    case overview, jobs, releases, suspects

    fileprivate var path: String { self == .overview ? "/" : "/\(rawValue)" }
    fileprivate var name: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
  }

  /// - Parameter place: which entry of the navigation the page belongs to.
  func document(_ title: String, at place: Place?, refreshes: Bool = true, _ main: Markup) -> String {
    let links = Place.allCases.filter { $0 != .suspects || hasSuspects }.map { entry -> Markup in
      let current: Markup? = entry == place ? " aria-current=\"page\"" : nil
      return "<a href=\"\(entry.path)\"\(current)>\(entry.name)</a>"
    }
    return Document(
      title: "\(title) – Dandyroll",
      navigation: "<header><nav aria-label=\"Pages\"><span class=\"name\">Dandyroll</span>\(links)</nav></header>",
      main: main,
      footer: """
        <p>dandyroll \(version), \(Times.markup(now))\
        \(refreshes ? ", looks again every \(refresh) s" : ""). Private: these pages show what is marked.</p>
        """,
      refresh: refreshes ? refresh : nil
    ).html
  }
}

/// A line of text that may lead somewhere.
package struct Link: Sendable {
  let text: String
  let path: String?

  /// - Parameter path: within the site, made of parts that are escaped here.
  package init(_ text: String, to path: [String]? = nil) {
    self.text = text
    self.path = path.map { parts in "/" + parts.map(Self.escaped).joined(separator: "/") }
  }

  var markup: Markup {
    guard let path else { return "\(text)" }
    return "<a href=\"\(path)\">\(text)</a>"
  }

  /// A part of a path with everything escaped that is not plainly a letter, a digit or one of `-._~`.
  private static func escaped(_ part: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return part.utf8.reduce(into: "") { path, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        path.unicodeScalars.append(Unicode.Scalar(byte))
      default: path += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
  }
}
