/// One HTTP request, without the credential.
struct WireRequest: Sendable {
  var url: String
  /// nil for GET.
  var body: [UInt8]?
  var contentType = "application/json"
  var accept = "application/json"
  /// A place for the credential: `{{credential}}`.
  var headers: [String: String] = [:]
}

/// What came back, whole and inside the limits.
struct WireResponse: Sendable {
  var status: Int
  /// Seconds, if the server asked for a pause.
  var retryAfter: Double?
  var location: String?
  var body: [UInt8]
}
