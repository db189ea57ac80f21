import Foundations
import Jobs
import Ledger

/// What alerts say (docs/formats, "Alerts").
struct AlertMessage: Encodable {
  /// Always the same for the same event: a receiver that gets an alert twice can tell.
  var id: String
  /// "evidence", "start-late" or "run-late".
  var kind: String
  /// Seconds since 1970.
  var time: Int
  var suspect: String
  var message: String
  var audit: AuditResult?
}

extension AlertRecord {
  /// - Parameter subject: what it is about; there is one alert of a kind about a subject.
  init(
    kind: Kind, subject: String, suspect: String, message: String, audit: AuditResult? = nil, now: Int
  ) throws {
    let text = try CanonicalJSON.line(
      AlertMessage(
        id: "\(kind.rawValue) \(subject)", kind: kind.rawValue, time: now / 1000, suspect: suspect, message: message,
        audit: audit?.disclosed))
    self.init(kind: kind, subject: subject, body: text, raised: now)
  }

  /// The message's `id`.
  var identifier: String { "\(kind.rawValue) \(subject)" }

  /// Why the last try to hand it over came to nothing; nil before the first, and once it has been taken.
  var trouble: String? { problem.map { "\(identifier): \($0)" } }
}
