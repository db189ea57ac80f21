import Dispatch
import Foundation
import Synchronization

/// SIGTERM and SIGINT as a flag that long work asks between steps; a second signal ends the process at once.
final class StopSignal: Sendable {
  private let count = Atomic<Int>(0)
  /// Never touched after `init`; Dispatch has not declared its sources `Sendable`.
  nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

  init() {
    let queue = DispatchQueue(label: "signals")
    sources = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: queue)
    }
    for source in sources {
      source.setEventHandler { [unowned self] in
        if count.add(1, ordering: .relaxed).newValue > 1 { exit(130) }
      }
      source.activate()
    }
  }

  var isRequested: Bool { count.load(ordering: .relaxed) > 0 }
}
