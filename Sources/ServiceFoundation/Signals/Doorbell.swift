import Synchronization

/// Wakes one waiting loop: many may ring, rings that nobody waited for are kept as one.
package final class Doorbell: Sendable {
  private struct State {
    var isRung = false
    var waiter: CheckedContinuation<Bool, Never>?
  }

  private let state = Mutex(State())

  package init() {}

  package func ring() {
    let waiter = state.withLock { state in
      guard let waiter = state.waiter else {
        state.isRung = true
        return nil as CheckedContinuation<Bool, Never>?
      }
      state.waiter = nil
      return waiter
    }
    waiter?.resume(returning: true)
  }

  /// Returns when rung (true), after `longest`, or when the task is cancelled (false).
  @discardableResult
  package func wait(atMost longest: Duration) async -> Bool {
    await withTaskGroup { group in
      group.addTask { await self.waitForRing() }
      group.addTask {
        try? await Task.sleep(for: longest)
        return false
      }
      var isRung = await group.next() ?? false
      group.cancelAll()
      // A ring that came together with the end of the time is not lost.
      while let late = await group.next() { isRung = isRung || late }
      return isRung
    }
  }

  private func waitForRing() async -> Bool {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer: Bool? = state.withLock { state in
          precondition(state.waiter == nil, "a doorbell has one waiter")
          if state.isRung {
            state.isRung = false
            return true
          }
          if Task.isCancelled { return false }
          state.waiter = continuation
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume(returning: false)
    }
  }
}
