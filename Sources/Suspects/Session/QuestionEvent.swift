/// What happens to a question, in this order; whoever takes it makes it durable before the next thing happens.
package enum QuestionEvent: Sendable, Equatable {
  /// It is about to be sent. The digest is of the request's body, SHA-256 in hexadecimal digits.
  case asked(question: String, digest: String)
  /// It is done, with an answer or without.
  case answered(Exchange)
  /// The suspect did not take it, or we ended its attempts early; it may be asked another time.
  case postponed(Exchange)

  package struct Exchange: Sendable, Equatable {
    package var question: String
    /// Milliseconds since 1970.
    package var time: Int
    package var attempts: [Attempt]
    package var answer: Answer
  }

  /// One request: the status of its response, or why there was none.
  package struct Attempt: Sendable, Equatable {
    package var status: Int?
    package var fault: NoAnswer.Code?

    /// Whether no model can have seen the image: there was no connection, or whoever answered turned it away.
    var isUntaken: Bool {
      switch status {
      case .none: fault == .unreachable
      case .some(300..<400), 401, 403, 404, 405, 410, 429, 503: true
      default: false
      }
    }
  }
}
