/// When waits are over that the ledger has as moments of the wall clock. Pure: times are handed in, milliseconds.
///
/// The wall clock may be set back, and a wait must not grow by that: once it has been seen, it is over when its length has
/// passed on the steady clock; and the first time that it is seen, also by another process than the one that began it, it
/// lasts no longer than the longest wait there is.
struct WaitTable: Sendable {
  private struct Wait: Sendable {
    var until: Int
    /// On the steady clock.
    var end: Int
  }

  private var waits: [Int64: Wait] = [:]

  init() {}

  /// Until when something has to wait: `until`, or earlier where the wall clock was set back since.
  /// - Parameters:
  ///   - id: what waits.
  ///   - until: a moment of the wall clock.
  ///   - longest: no wait is longer.
  ///   - now: on the wall clock.
  ///   - steady: the same moment on a clock that never jumps.
  mutating func end(of id: Int64, until: Int, longest: Int, now: Int, steady: Int) -> Int {
    if until <= now {
      waits[id] = nil
      return until
    }
    let wait: Wait
    if let known = waits[id], known.until == until {
      wait = known
    } else {
      wait = Wait(until: until, end: steady + min(until - now, longest))
      waits[id] = wait
    }
    return min(until, now + max(0, wait.end - steady))
  }

  /// Until when something has to wait that has been seen waiting; nil for anything else.
  func end(of id: Int64, now: Int, steady: Int) -> Int? {
    waits[id].map { min($0.until, now + max(0, $0.end - steady)) }
  }

  /// Forgets everything that waits no longer.
  mutating func keep(_ ids: Set<Int64>) {
    waits = waits.filter { ids.contains($0.key) }
  }
}
