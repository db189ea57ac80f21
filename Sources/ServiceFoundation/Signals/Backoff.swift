/// Pauses between tries, doubling up to a longest one.
package enum Backoff {
  /// Milliseconds before try `failures` + 1, with at least one failure so far.
  package static func pause(after failures: Int, first: Duration, longest: Duration) -> Int {
    var pause = max(1, first.milliseconds)
    for _ in 1..<max(failures, 1) {
      if pause >= longest.milliseconds { break }
      pause *= 2
    }
    return min(pause, longest.milliseconds)
  }
}

extension Duration {
  /// Whole milliseconds, rounded down.
  package var milliseconds: Int {
    Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
