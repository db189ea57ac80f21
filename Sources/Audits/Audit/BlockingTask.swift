import Dispatch
import Foundation
import Synchronization

/// Runs an asynchronous task and waits for it, while the events that the task posts are handled on the waiting thread: the
/// task goes on when its event has been taken.
enum BlockingTask<Event: Sendable> {
  /// Hands an event over and returns when it has been taken; throws what taking it threw.
  typealias Post = @Sendable (Event) async throws -> Void

  private enum Message<Value: Sendable>: Sendable {
    case event(Event, CheckedContinuation<Void, any Error>)
    case end(Result<Value, any Error>)
  }

  private final class Mailbox<Value: Sendable>: Sendable {
    private let messages = Mutex<[Message<Value>]>([])
    private let arrivals = DispatchSemaphore(value: 0)

    func put(_ message: Message<Value>) {
      messages.withLock { $0.append(message) }
      arrivals.signal()
    }

    /// Nil after half a minute without a message.
    func take() -> Message<Value>? {
      if arrivals.wait(timeout: .now() + .seconds(30)) == .timedOut { return nil }
      return messages.withLock { $0.removeFirst() }
    }
  }

  /// Blocks: never call it from a task.
  /// - Parameter stillWaiting: called every half minute without an event.
  static func run<Value: Sendable>(
    _ body: @escaping @Sendable (_ post: @escaping Post) async throws -> Value, stillWaiting: () -> Void,
    take: (Event) throws -> Void
  ) throws -> Value {
    let mailbox = Mailbox<Value>()
    // The task lives no longer than this call, which waits for its last message.
    Task {
      let result: Result<Value, any Error>
      do {
        result = .success(
          try await body { event in
            try await withCheckedThrowingContinuation { mailbox.put(.event(event, $0)) }
          })
      } catch {
        result = .failure(error)
      }
      mailbox.put(.end(result))
    }
    while true {
      switch mailbox.take() {
      case nil: stillWaiting()
      case .event(let event, let continuation):
        continuation.resume(with: Result { try take(event) })
      case .end(let result):
        return try result.get()
      }
    }
  }
}
