import Foundation
import Glibc
import Jobs

/// `[page]`: the status page for browsers, off by default.
package struct PageSettings: Sendable, Equatable {
  /// "127.0.0.1:8470", "[::1]:8470", or the path of a Unix socket; empty: no page.
  package var listen = ""
  /// Whether `listen` may be an address that other machines reach.
  package var allowNetwork = false
  /// Names under which browsers may ask, besides IP addresses and "localhost".
  package var hosts: [String] = []
  /// How often a browser looks again.
  package var refresh: Duration = .seconds(10)

  package init() {}

  /// Where to listen; nil for nowhere.
  package var address: PageAddress? { PageAddress(listen) }

  /// Makes the path of a socket absolute; a relative one starts from `state`.
  mutating func resolvePath(from state: String) {
    if case .socket(let path) = address { listen = ServiceSettings.plain(path, from: state) }
  }

  /// What is wrong with the table as a whole, by key; paths are resolved.
  func problems(beside service: ServiceSettings) -> [(key: String, rule: String)] {
    switch address {
    case nil: return []
    case .network(let host, _):
      guard address?.isLoopback == true || allowNetwork else {
        return [("listen", "other machines reach \(host): choose 127.0.0.1, or set allow-network = true")]
      }
      return []
    case .socket(let path):
      var problems: [(key: String, rule: String)] = []
      if path.utf8.count > 107 {
        problems.append(("listen", "\(path) has \(path.utf8.count) bytes, a socket's path at most 107"))
      }
      if path == service.socket || path == service.ledger {
        problems.append(("listen", "is the same file as the control socket or the ledger"))
      }
      for (key, directory) in service.directories where ServiceSettings.isInside(path, directory) {
        problems.append(("listen", "\(path) lies inside \(key), \(directory)"))
      }
      return problems
    }
  }
}

/// Where the status page listens.
package enum PageAddress: Sendable, Equatable {
  case network(host: String, port: Int)
  case socket(String)

  /// An IP address or "localhost" with a port, or anything with a slash as a path; nil for other text.
  init?(_ text: String) {
    if !text.hasPrefix("["), text.contains("/") {
      self = .socket(text)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (1...65_535).contains(port), let host = Self.bare(String(text[..<colon])),
      IPAddress(host) != nil || host == "localhost"
    else { return nil }
    self = .network(host: host, port: port)
  }

  /// Whether only this machine reaches it.
  var isLoopback: Bool {
    switch self {
    case .socket: true
    case .network(let host, _): host == "localhost" || IPAddress(host)?.isLoopback == true
    }
  }

  /// A host without the brackets around an IPv6 address; nil for an IPv6 address without them, whose port is anyone's guess.
  package static func bare(_ host: String) -> String? {
    if host.hasPrefix("["), host.hasSuffix("]") { return String(host.dropFirst().dropLast()) }
    return host.contains(":") ? nil : host
  }
}

/// An IP address in its usual notation.
package struct IPAddress: Sendable, Equatable {
  /// 4 or 16, in network order.
  let bytes: [UInt8]

  package init?(_ text: String) {
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &bytes) == 1 {
      self.bytes = Array(bytes.prefix(4))
    } else if inet_pton(AF_INET6, text, &bytes) == 1 {
      self.bytes = bytes
    } else {
      return nil
    }
  }

  var isLoopback: Bool {
    bytes.count == 4 ? bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1]
  }
}

extension Setting {
  /// Host names; no address, no port, no pattern.
  static func hosts(_ key: String, _ field: any Field<[String]>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .array(let elements) = value else { throw BrokenRule("\(value.kind) is not an array of host names") }
      var names: [String] = []
      for element in elements {
        guard case .string(let name) = element, !name.isEmpty, name.utf8.count <= 253,
          name.utf8.allSatisfy({
            Unicode.Scalar($0).properties.isAlphabetic || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E
          })
        else { throw BrokenRule("\(element.kind) is not a host name") }
        names.append(name)
      }
      root[keyPath: field] = names
    } text: {
      "[\($0[keyPath: field].map(TOMLText.string).joined(separator: ", "))]"
    }
  }
}
