/// Why asking ended before the last question.
package struct Interruption: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Reason: String, Sendable {
    /// Unreachable, timing out or failing, several questions in a row.
    case outage
    case rateLimit = "rate-limit"
    /// 401, 403, 404, a redirect, an address that is not asked: misconfigured or unwelcome.
    case refused
    case budget
    /// It answers, but nothing that can be used, many questions in a row.
    case unusable
    case modelChanged = "model-changed"
    case stopped
  }

  package var reason: Reason
  /// Escaped, at most 2 KiB.
  package var detail: String?

  package init(_ reason: Reason, detail: String? = nil) {
    self.reason = reason
    self.detail = detail
  }

  package var description: String { detail.map { "\(reason.rawValue): \($0)" } ?? reason.rawValue }
}
