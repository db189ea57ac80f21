import Foundation

/// An HTTP address in its parts, checked, so that nobody after us can read it in another way.
struct EndpointURL: Sendable, Hashable {
  let isSecure: Bool
  /// Lower case; IPv6 without its brackets.
  let host: String
  let port: Int
  let hasPort: Bool
  /// Decoded components of the path.
  var components: [String]
  let endsWithSlash: Bool
  let query: String?

  /// - Throws: `SuspectError.url`.
  init(_ text: String) throws {
    func refuse(_ reason: String) -> SuspectError { .url(text, reason: reason) }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let parts = URLComponents(string: text) else {
      throw refuse("no URL")
    }
    switch parts.scheme?.lowercased() {
    case "https": isSecure = true
    case "http": isSecure = false
    default: throw refuse("http or https is needed")
    }
    guard parts.user == nil, parts.password == nil else {
      // Without the text, which would write the credential down.
      throw SuspectError.url("\(parts.scheme ?? "")://…@\(parts.host ?? "")", reason: "it contains a credential")
    }
    guard parts.fragment == nil else { throw refuse("a fragment means nothing to a server") }
    var host = (parts.host ?? "").lowercased()
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    let isSix = host.contains(":")
    // One spelling only: what is looked up, checked, pinned and connected to is the same bytes. No zone identifiers.
    guard
      !host.isEmpty, host.utf8.count <= 253,
      host.utf8.allSatisfy({
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
          UInt8(ascii: "."), UInt8(ascii: "_"):
          true
        case UInt8(ascii: ":"): isSix
        default: false
        }
      })
    else { throw refuse("unusable host") }
    self.host = host
    guard (1...65_535).contains(parts.port ?? 1) else { throw refuse("unusable port") }
    port = parts.port ?? (isSecure ? 443 : 80)
    hasPort = parts.port != nil
    components = parts.percentEncodedPath.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
    guard !components.contains(".."), !components.contains(".") else { throw refuse("unusable path") }
    endsWithSlash = parts.percentEncodedPath.hasSuffix("/") && !components.isEmpty
    query = parts.percentEncodedQuery
  }

  /// The text to connect with.
  func text(_ components: [String], query: String? = nil, endsWithSlash: Bool = false) -> String {
    let shown = host.contains(":") ? "[\(host)]" : host
    let path = components.map { $0.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? $0 }
    return (isSecure ? "https://" : "http://") + shown + (hasPort ? ":\(port)" : "") + "/"
      + path.joined(separator: "/") + (endsWithSlash ? "/" : "") + (query.map { "?\($0)" } ?? "")
  }

  /// As it was given.
  var text: String { text(components, query: query, endsWithSlash: endsWithSlash) }

  /// RFC 3986's unreserved characters and those that a path segment may carry, among them the colon of `:predict`.
  private static let plain = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:@!$&'()*+,;=")
}
