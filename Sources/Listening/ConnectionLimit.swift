package import NIOCore
import Synchronization

/// The places of a server's connections. Who comes always finds one: where all are taken, the connection that has kept the
/// server waiting longest goes.
///
/// So no number of connections that send nothing, send slowly or do not read keeps anybody out for longer than it takes to
/// say a request.
package final class ConnectionLimit: Sendable {
  /// How long a connection may keep the server waiting.
  package struct Patience: Sendable, Equatable {
    /// For a whole head, the first or the next.
    package var head: TimeAmount = .seconds(15)
    /// For the body after its head.
    package var body: TimeAmount = .seconds(30)
    /// For an answer to be taken, once it has begun.
    package var answer: TimeAmount = .seconds(60)

    package init() {}
  }

  private struct Place {
    var channel: any Channel
    /// When it began to keep the server waiting, by the order of such events; nil while the server is at work for it.
    var waitsSince: UInt64?
  }

  private struct State {
    var places: [ObjectIdentifier: Place] = [:]
    var events: UInt64 = 0
  }

  private let state = Mutex(State())
  private let capacity: Int
  let patience: Patience

  /// - Parameter capacity: connections at a time. Those that the server is at work for are let be, up to twice as many.
  package init(capacity: Int = 64, patience: Patience = Patience()) {
    precondition(capacity >= 1, "room for one")
    self.capacity = capacity
    self.patience = patience
  }

  /// Connections that are open.
  package var count: Int { state.withLock { $0.places.count } }

  /// What every connection has in its pipeline, after HTTP's own handlers.
  package func watch() -> some RemovableChannelHandler { ConnectionWatch(self) }

  func enter(_ channel: any Channel) {
    let leaving: (any Channel)? = state.withLock { state in
      var leaving: (any Channel)?
      if state.places.count >= capacity {
        let longest = state.places.filter { $0.value.waitsSince != nil }
          .min { ($0.value.waitsSince ?? 0) < ($1.value.waitsSince ?? 0) }
        if let longest {
          leaving = longest.value.channel
          state.places[longest.key] = nil
        } else if state.places.count >= 2 * capacity {
          return channel
        }
      }
      state.events += 1
      state.places[ObjectIdentifier(channel)] = Place(channel: channel, waitsSince: state.events)
      return leaving
    }
    leaving?.close(promise: nil)
  }

  /// The connection keeps the server waiting from now on, or the server is at work for it.
  func note(_ channel: any Channel, isWaiting: Bool) {
    state.withLock { state in
      guard state.places[ObjectIdentifier(channel)] != nil else { return }
      state.events += 1
      state.places[ObjectIdentifier(channel)]?.waitsSince = isWaiting ? state.events : nil
    }
  }

  func leave(_ channel: any Channel) {
    state.withLock { $0.places[ObjectIdentifier(channel)] = nil }
  }
}
