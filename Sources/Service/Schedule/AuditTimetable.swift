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
