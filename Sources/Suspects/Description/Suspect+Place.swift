extension Suspect {
  /// Where its model is, in one spelling: what one endpoint is called here and there, and how it is asked, makes no
  /// difference.
  package var place: String {
    var parts: [String]
    if let url = try? EndpointURL(url) {
      parts = ["\(url.host):\(url.port)"] + url.components + [url.query.map { "?\($0)" }].compactMap(\.self)
    } else {
      parts = [url]
    }
    if let model { parts.append("model \(model)") }
    // Behind one address of a `rest` endpoint the request may say which model is meant.
    if let rest {
      parts += rest.headers.sorted { $0.key < $1.key }.map { "\($0): \($1)" }
      if let body = rest.body { parts.append(body) }
    }
    return parts.joined(separator: "/")
  }
}
