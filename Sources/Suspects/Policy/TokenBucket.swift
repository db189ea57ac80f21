/// Spaces requests out: `rate` a second in the long run, `burst` at once.
actor TokenBucket {
  private let interval: Double
  private let burst: Int
  private let surroundings: Surroundings
  /// When the bucket is full again, in ticks.
  private var full: Double = 0

  init(rate: Double, burst: Int, surroundings: Surroundings) {
    precondition(rate > 0 && burst >= 1, "a rate above 0 and a burst of at least 1")
    interval = 1000 / rate
    self.burst = burst
    self.surroundings = surroundings
  }

  /// Waits for one token. Who comes first is served first.
  /// - Throws: `NoAnswer` with `stopped`; `CancellationError`. The token is gone then.
  func take() async throws {
    let now = Double(surroundings.ticks())
    let wait = max(0, full - Double(burst - 1) * interval - now)
    full = max(full, now) + interval
    try await surroundings.wait(Int(wait.rounded(.up)))
  }
}
