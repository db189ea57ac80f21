import Foundation
import Foundations

extension SuspectSession {
  /// Asks what has not been asked yet, at most `policy.inFlight` questions at a time.
  ///
  /// - Parameters:
  ///   - questions: in the order in which they are asked.
  ///   - transcript: of this audit so far; what is answered there is not asked again.
  ///   - budget: what may still be sent.
  ///   - record: makes a line durable before it returns. A question is only sent when its `asked` line is, and the next
  ///     one only when its answer is. Called from several tasks at once. Throwing ends the asking.
  /// - Throws: what `record` and the image encoder throw; `CancellationError`.
  package func ask(
    _ questions: [Question], after transcript: Transcript, budget: QueryBudget,
    record: @escaping @Sendable (TranscriptLine) async throws -> Void
  ) async throws -> Questioning {
    let queue = QuestionQueue(questions, after: transcript, budget: budget, policy: policy)
    for line in await queue.takeInterrupted(at: surroundings.now()) { try await record(line) }
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
    if result.interruption == nil || result.interruption?.reason == .budget {
      result.fingerprint = try await fingerprintNow()
      if let found = result.fingerprint, found != profile.fingerprint {
        result.interruption = Interruption(.modelChanged, detail: "its description changed during the audit")
      }
    }
    try await record(
      .closed(
        .init(time: surroundings.now(), interruption: result.interruption, fingerprint: result.fingerprint)))
    return result
  }

  private func put(
    _ question: Question, _ queue: QuestionQueue, _ record: @Sendable (TranscriptLine) async throws -> Void
  ) async throws {
    precondition(question.pixels.count == profile.pipeline.source.count, "an image of another size")
    let request = try endpoint.request(for: question.pixels)
    try await record(
      .asked(.init(time: surroundings.now(), question: question.id, request: .init(request.body ?? []))))
    let outcome = try await line.send(request) { await queue.allow(at: $0) }
    let (answer, body) = read(outcome.result)
    let line = TranscriptLine.Answered(
      time: surroundings.now(), question: question.id, attempts: outcome.attempts, answer: answer, response: body)
    try await record(outcome.isPostponed ? .postponed(line) : .answered(line))
    await queue.finish(question.id, answer, interruption: outcome.interruption)
  }

  private func read(_ result: Result<WireResponse, NoAnswer>) -> (Answer, TranscriptLine.Body?) {
    switch result {
    case .failure(let reason): return (.none(reason), nil)
    case .success(let response):
      do {
        let document = try JSONValue(response.body, limits: limits.json)
        return (try endpoint.answer(in: document), .init(response.body))
      } catch let reason as NoAnswer {
        return (.none(reason), .init(response.body))
      } catch {
        return (
          .none(NoAnswer(.malformed, detail: PrintableText("\(error)", limit: 256).description)), .init(response.body)
        )
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
