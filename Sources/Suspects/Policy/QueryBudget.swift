/// How many requests an audit may still send. Retries count: it is the suspect's owner who pays for them. What
/// all audits of a suspect together may send is settled by the session's `Admission`.
package struct QueryBudget: Sendable, Equatable {
  /// nil for no limit.
  package var perAudit: Int?
  package var perDay: Int?
  /// Requests that this audit has sent already.
  package var sent: Int
  /// Requests sent to this suspect by day (`day(of:)`), over all audits.
  package var sentByDay: [Int: Int]

  package init(perAudit: Int? = nil, perDay: Int? = nil, sent: Int = 0, sentByDay: [Int: Int] = [:]) {
    self.perAudit = perAudit
    self.perDay = perDay
    self.sent = sent
    self.sentByDay = sentByDay
  }

  /// Days since 1970 in UTC.
  package static func day(of milliseconds: Int) -> Int { milliseconds / 86_400_000 }

  /// Takes one request out of the budget; false if none is left.
  mutating func take(at milliseconds: Int) -> Bool {
    let day = Self.day(of: milliseconds)
    if let perAudit, sent >= perAudit { return false }
    if let perDay, sentByDay[day, default: 0] >= perDay { return false }
    sent += 1
    sentByDay[day, default: 0] += 1
    return true
  }
}
