import Dispatch
import Foundation
import Jobs
import Synchronization

/// SIGTERM and SIGINT as a flag that long work asks between steps. Whatever does not ask, or takes too long until it does, is
/// ended: nothing that a command writes is seen before it is complete, so that it can be given again as after a kill. A
/// second signal ends the process at once.
final class StopSignal: Sendable {
  /// The process's own. A command that deals with signals by itself does not touch it.
  static let shared = StopSignal(patience: .milliseconds(1500))

  private let count = Atomic<Int>(0)
  private let asking = Atomic<Int>(0)
  /// Never touched after `init`; Dispatch has not declared its sources `Sendable`.
  nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

  /// - Parameter patience: how long work that asks may take to stop; nil waits for it, as somebody else does who ends the
  ///   process in the end.
  init(patience: DispatchTimeInterval? = nil) {
    let queue = DispatchQueue(label: "signals")
    sources = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: queue)
    }
    for source in sources {
      source.setEventHandler { [unowned self] in
        if count.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
        guard let patience else { return }
        if asking.load(ordering: .relaxed) == 0 { Self.end() }
        queue.asyncAfter(deadline: .now() + patience) { Self.end() }
      }
      source.activate()
    }
  }

  var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  /// Says that work has begun that asks.
  func workBegins() { _ = asking.add(1, ordering: .relaxed) }

  func workEnds() { _ = asking.subtract(1, ordering: .relaxed) }

  /// Not `exit`: its handlers would run beside work that goes on.
  private static func end() -> Never {
    StandardStream.error.write("dandyroll: \(CommandEnd.stopped)\n")
    _exit(JobExit.again)
  }
}
