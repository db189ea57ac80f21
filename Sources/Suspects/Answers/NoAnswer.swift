/// Why a question has no answer. Never evidence, either way.
package struct NoAnswer: Error, Sendable, Equatable {
  package enum Code: String, Encodable, Sendable {
    /// No connection: refused, unreachable, no name, TLS not verified.
    case unreachable
    /// Not done within the time allowed.
    case timeout
    /// Closed or reset before the answer was complete.
    case reset
    /// 429 to the last attempt, or a wait that is too long.
    case rateLimited = "rate-limited"
    /// 408, 502, 503 or 504 to the last attempt.
    case overloaded
    /// 500 twice, or another failure of the server.
    case status
    /// 400, 413, 422 and other refusals of this one request.
    case rejected
    /// A redirect; none is followed.
    case redirect
    /// Headers or body beyond the limits.
    case tooLarge = "too-large"
    /// No JSON, or JSON beyond the limits.
    case malformed
    /// NaN, an infinity or a number that is too great.
    case notFinite = "not-finite"
    /// Values, but not as many or not of the type that they have to be.
    case wrongShape = "wrong-shape"
    /// Numbers that are no probabilities.
    case notProbabilities = "not-probabilities"
    /// A class name or index that nobody told us of.
    case unknownClass = "unknown-class"
    /// The answer is signed by another model or version than the one that was described.
    case modelChanged = "model-changed"
    /// The request was not admitted.
    case budget
    /// Asking was to stop first.
    case stopped
  }

  package var code: Code
  /// A stranger's text, escaped, at most 2 KiB.
  package var detail: String?

  package init(_ code: Code, detail: String? = nil) {
    self.code = code
    self.detail = detail
  }

  /// For people.
  package var text: String { detail.map { "\(code.rawValue): \($0)" } ?? code.rawValue }
}
