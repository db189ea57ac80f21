import Crypto
import ServiceConfiguration

/// When each suspect is due next, so that most looks at the clock cost nothing. Times are seconds since 1970.
struct AuditTimetable: Sendable {
  private struct Entry: Sendable {
    var clock: AuditClock
    var last: Int
    /// When to look again.
    var next: Int
  }

  /// Seconds by which clocks are set back without anybody calling them wrong.
  private static let correction = 900

  private var entries: [String: Entry] = [:]
  private(set) var next = Int.max

  init() {}

  /// - Parameters:
  ///   - suspects: with their clocks.
  ///   - last: the time of each one's last audit, by name.
  init(_ suspects: [(name: String, clock: AuditClock)], last: [String: Int], now: Int) {
    for (name, clock) in suspects {
      // A last audit in the future is one by a clock that was wrong: nobody waits for that moment. One that lies a little
      // ahead was filed just now, before the clock was set right, and is not repeated.
      let known = last[name] ?? now
      let last = known > now + Self.correction ? now : known
      // What was missed while nobody looked is due at once.
      let next = clock.due(after: last, now: now) ?? clock.next(after: now)
      entries[name] = Entry(clock: clock, last: last, next: next ?? Int.max)
    }
    settle()
  }

  /// The suspects that are due, longest overdue first, each with the time at which it was due last.
  func due(at now: Int) -> [(name: String, due: Int)] {
    guard next <= now else { return [] }
    return entries.filter { $0.value.next <= now }
      .compactMap { name, entry in entry.clock.due(after: entry.last, now: now).map { (name, $0) } }
      .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
  }

  /// An audit was filed for `due`.
  mutating func file(_ name: String, due: Int, now: Int) {
    guard var entry = entries[name] else { return }
    entry.last = max(entry.last, due)
    entry.next = entry.clock.next(after: now) ?? Int.max
    entries[name] = entry
    settle()
  }

  /// An audit could not be filed now.
  mutating func postpone(_ name: String, until moment: Int) {
    entries[name]?.next = moment
    settle()
  }

  /// When a suspect is due next, as its schedule has it.
  func next(of name: String, now: Int) -> Int? { entries[name]?.clock.next(after: now) }

  private mutating func settle() { next = entries.values.lazy.map(\.next).min() ?? Int.max }
}

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
