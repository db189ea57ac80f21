/// What decides which elements the dropouts of a plan drop: its seed and the number of steps taken.
///
/// Programs hold the object and read the step when they run, so that a restored training drops the same elements.
final class DropoutState: @unchecked Sendable {
  let seed: UInt64
  var step = 0

  init(seed: UInt64) { self.seed = seed }

  /// The key of one dropout in this step, from the key that it has for the whole plan.
  func key(_ base: UInt64) -> UInt64 {
    // An odd multiplier: every step has a key of its own. Its bits are those of the square root of 2.
    base &+ UInt64(truncatingIfNeeded: step) &* 0x6a09_e667_f3bc_c909
  }
}
