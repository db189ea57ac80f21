import Foundation
import Foundations

extension SuspectSession {
  /// Asks, at most `policy.inFlight` questions at a time.
  ///
  /// - Parameters:
  ///   - questions: in the order in which they are asked.
  ///   - record: makes an event durable before it returns. A question is only sent when its `asked` is, and the next one
  ///     only when its answer is. Called from several tasks at once. Throwing ends the asking.
  /// - Throws: what `record` and the image encoder throw; `CancellationError`.
  package func ask(
    _ questions: [Question], record: @escaping @Sendable (QuestionEvent) async throws -> Void
  ) async throws -> Questioning {
    let queue = QuestionQueue(questions, policy: policy)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<max(1, policy.inFlight) {
        group.addTask {
          while let question = await queue.next() {
            if surroundings.stopRequested() {
              await queue.interrupt(Interruption(.stopped))
              return
            }
            try await put(question, queue, record)
          }
        }
      }
      try await group.waitForAll()
    }
    var result = await queue.result
    if result.interruption == nil || result.interruption?.reason == .budget,
      let fingerprint = try await fingerprintNow(), fingerprint != profile.fingerprint
    {
      result.interruption = Interruption(.modelChanged, detail: "its description changed during the audit")
    }
    return result
  }

  private func put(
    _ question: Question, _ queue: QuestionQueue, _ record: @Sendable (QuestionEvent) async throws -> Void
  ) async throws {
    precondition(question.pixels.count == profile.pipeline.source.count, "an image of another size")
    let request = try endpoint.request(for: question.pixels)
    try await record(.asked(question: question.id, digest: HexDigest(of: request.body ?? []).description))
    let outcome = try await transport.send(request)
    let answer = read(outcome.result)
    let exchange = QuestionEvent.Exchange(
      question: question.id, time: surroundings.now(), attempts: outcome.attempts, answer: answer)
    try await record(outcome.isPostponed ? .postponed(exchange) : .answered(exchange))
    await queue.finish(question.id, answer, interruption: outcome.interruption)
  }

  private func read(_ result: Result<WireResponse, NoAnswer>) -> Answer {
    switch result {
    case .failure(let reason): return .none(reason)
    case .success(let response):
      do {
        return try endpoint.answer(in: try JSONValue(response.body, limits: limits.json))
      } catch let reason as NoAnswer {
        return .none(reason)
      } catch {
        return .none(NoAnswer(.malformed, detail: PrintableText("\(error)", limit: 256).description))
      }
    }
  }

  /// The model's fingerprint as it is now; nil where it does not describe itself or cannot be reached.
  private func fingerprintNow() async throws -> String? {
    guard profile.identity.isDescribed else { return nil }
    do {
      return try await setup.endpoint().profile.fingerprint
    } catch SuspectError.noDescription, SuspectError.stopped {
      return nil
    } catch let error as SuspectError {
      // What no longer fits the configuration that it fitted before is another model.
      return HexDigest(of: Array(error.description.utf8)).description
    }
  }
}
