import NIOCore
import Synchronization

@testable import Suspects

/// A clock that only waiting moves, and chance that always comes out the same.
final class VirtualTime: Sendable {
  private let state = Mutex<(now: Int, waits: [Int])>((1_800_000_000_000, []))

  var now: Int { state.withLock { $0.now } }
  /// Milliseconds waited for since the start.
  var waited: Int { now - 1_800_000_000_000 }

  func surroundings(
    uniform: Double = 0.5, stopRequested: @escaping @Sendable () -> Bool = { false },
    resolve: (@Sendable (String, Int) async throws -> SocketAddress)? = nil
  ) -> Surroundings {
    Surroundings(
      now: { self.now }, ticks: { self.now },
      sleep: { milliseconds in
        try Task.checkCancellation()
        self.state.withLock { $0.now += milliseconds }
        await Task.yield()
      },
      uniform: { uniform },
      resolve: resolve ?? { try await HostResolution.address($0, $1) }, stopRequested: stopRequested)
  }
}
