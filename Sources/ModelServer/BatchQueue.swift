import Dispatch
import Networks
import Synchronization

/// One classifier and everybody who waits for it. Requests that arrive while it computes are joined into its next
/// batch.
final class BatchQueue: Sendable {
  private struct Waiting: Sendable {
    var images: [UInt8]
    var count: Int
    var continuation: CheckedContinuation<[Float], Never>
  }

  private struct State {
    var waiting: [Waiting] = []
    /// Of those who wait, and of those who were let in and are about to.
    var images = 0
    var isRunning = false
    var batches = 0
  }

  private let state = Mutex(State())
  let thread = DispatchQueue(label: "dandyroll.model")
  private let limit: Int
  private let batch: Int
  /// Touched on `thread` only.
  nonisolated(unsafe) private let plan: ClassifierPlan

  init(_ model: Model, batch: Int, limit: Int, threads: Int) throws {
    plan = try ClassifierPlan(model, batch: batch, threads: threads)
    self.batch = batch
    self.limit = limit
  }

  /// Batches that have been computed.
  var batches: Int { state.withLock { $0.batches } }

  var waitingImages: Int { state.withLock { $0.images } }

  /// (count, K) of (count, C, H, W).
  /// - Throws: `ServingError.full`.
  func probabilities(of images: [UInt8], count: Int) async throws(ServingError) -> [Float] {
    // Room is looked for and taken at once: of many who come together only as many as fit get in.
    let hasRoom = state.withLock { state in
      guard state.images + count <= limit else { return false }
      state.images += count
      return true
    }
    guard hasRoom else { throw .full }
    return await withCheckedContinuation { continuation in
      let isFirst = state.withLock { state in
        state.waiting.append(Waiting(images: images, count: count, continuation: continuation))
        defer { state.isRunning = true }
        return !state.isRunning
      }
      if isFirst { thread.async { self.drain() } }
    }
  }

  /// Works until nobody waits.
  private func drain() {
    while let group = next() {
      let images = group.flatMap(\.images)
      let count = group.reduce(0) { $0 + $1.count }
      let values = plan.probabilities(images.span, count: count)
      let classes = plan.classes
      var first = 0
      for waiting in group {
        let end = first + waiting.count * classes
        waiting.continuation.resume(returning: Array(values[first..<end]))
        first = end
      }
    }
  }

  /// As many of those who wait as fit into a batch, at least one; nil if there are none, and then nobody is running.
  private func next() -> [Waiting]? {
    state.withLock { state in
      guard let head = state.waiting.first else {
        state.isRunning = false
        return nil
      }
      var taken = 1
      var count = head.count
      while taken < state.waiting.count, count + state.waiting[taken].count <= batch {
        count += state.waiting[taken].count
        taken += 1
      }
      let group = Array(state.waiting[..<taken])
      state.waiting.removeFirst(taken)
      state.images -= count
      state.batches += 1
      return group
    }
  }
}
