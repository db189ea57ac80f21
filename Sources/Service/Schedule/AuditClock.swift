import Crypto
import ServiceConfiguration

/// Decides when an audit of one suspect is due. Pure: it is told the last run and the time.
///
/// An audit is due at the schedule's times, each later by an offset of the suspect's own, so that suspects with one
/// schedule are not asked all at once. Of several missed times one is caught up.
struct AuditClock: Sendable, Equatable {
  let schedule: Schedule
  /// Seconds.
  let offset: Int

  /// - Parameter spread: seconds over which suspects are spread; the offset lies in [0, spread).
  init(_ schedule: Schedule, suspect: String, spread: Int) {
    self.schedule = schedule
    offset = spread < 1 ? 0 : Int(Self.lot(suspect) % UInt64(spread))
  }

  /// The first 64 bits of the name's SHA-256: the same on every machine and in every life of the daemon.
  private static func lot(_ suspect: String) -> UInt64 {
    SHA256.hash(data: Array(suspect.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The time (with the offset) of the audit that is due now; nil if none is.
  /// - Parameters:
  ///   - last: the time of the audit that was filed last, or when the suspect became known; seconds since 1970.
  ///   - now: seconds since 1970.
  func due(after last: Int, now: Int) -> Int? {
    guard let slot = schedule.last(notAfter: now - offset), slot + offset > last else { return nil }
    return slot + offset
  }

  /// When the next audit will be due.
  func next(after now: Int) -> Int? {
    schedule.next(after: now - offset).map { $0 + offset }
  }
}
