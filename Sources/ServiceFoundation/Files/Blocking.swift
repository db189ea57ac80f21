import Dispatch
import Foundations

/// Calls that block (disk, hashing) run here, so that they never hold up the threads that tasks share.
package enum Blocking {
  private static let queue = DispatchQueue(label: "dandyroll.blocking", attributes: .concurrent)

  package static func run<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let obstacle = SystemCall.obstacle
    let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, Failure>, Never>) in
      queue.async {
        let result = SystemCall.$obstacle.withValue(obstacle) { Result(catching: body) }
        continuation.resume(returning: result)
      }
    }
    return try result.get()
  }
}
