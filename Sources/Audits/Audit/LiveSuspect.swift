import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Suspects
import Work

/// A suspect at the other end of the network.
///
/// Talking is asynchronous and the audit is not: it blocks its own thread, on which every line is written, and the tasks
/// that talk wait for that.
final class LiveSuspect: AuditedSuspect {
  private let suspect: Suspect
  private let terms: SuspectSession.Terms
  /// Hears that we are alive while the suspect makes us wait.
  private let report: @Sendable (JobProgress) -> Void
  private var fingerprint: String?

  private static let waiting = JobProgress(stage: "waiting", done: 0, total: 0, unit: "questions")

  /// - Parameters:
  ///   - classes: our names in our order.
  ///   - tally: takes every request to the suspect out of its day's budget.
  /// - Throws: `WorkError.malformed` for a description that cannot be read; `openSecret`; `SuspectError.credential`.
  init(
    _ spec: AuditSpec, classes: [String], size: ImageSize, tally: RequestTally, _ context: WorkContext
  ) throws {
    report = context.report
    do { suspect = try CanonicalJSON.decode(Suspect.self, from: spec.suspect.utf8) } catch {
      throw WorkError.malformed(path: "the suspect \(spec.name)", reason: "\(error)")
    }
    var policy = AskingPolicy()
    policy.requestsPerSecond = spec.questions.rate
    policy.inFlight = spec.questions.inFlight
    terms = SuspectSession.Terms(
      classes: classes, size: size,
      credential: try spec.credential.map { try Credential(try SecretText.read($0)) }, policy: policy,
      surroundings: Surroundings(stopRequested: context.stopRequested),
      admission: tally.admission,
      encoder: { pixels, size in
        PNGImage(
          planar: pixels, shape: .init(channels: size.channels, height: size.height, width: size.width)
        ).encoded()
      })
  }

  func introduction() throws -> Introduction {
    let (suspect, terms) = (suspect, terms)
    let found = try Self.ending {
      try BlockingTask<Never>.run { _ in
        try await SuspectSession.with(suspect, terms: terms) { $0.profile }
      } stillWaiting: {
        report(Self.waiting)
      } take: { _ in
      }
    }
    fingerprint = found.fingerprint
    return Introduction(
      fingerprint: found.fingerprint, profile: try CanonicalJSON.line(found),
      classes: SuspectClasses(found.answeredAs))
  }

  func ask(_ images: [[UInt8]], record: (Int, AskingEvent) throws -> Void) throws -> AskingEnd? {
    let (suspect, terms, fingerprint) = (suspect, terms, fingerprint)
    let questions = images.enumerated().map { Question(id: "\($0)", pixels: $1) }
    let ended: Interruption?
    do {
      ended = try Self.ending {
        try BlockingTask<QuestionEvent>.run { post in
          try await SuspectSession.with(suspect, terms: terms, expecting: fingerprint) { session in
            try await session.ask(questions, record: post).interruption
          }
        } stillWaiting: {
          report(Self.waiting)
        } take: { event in
          try self.take(event, record)
        }
      }
    } catch let end as AskingEnd {
      return end
    }
    return ended.flatMap(Self.end)
  }

  /// One event of a question, on the audit's thread.
  private func take(_ event: QuestionEvent, _ record: (Int, AskingEvent) throws -> Void) throws {
    switch event {
    case .asked(let question, let digest):
      if let position = Int(question) { try record(position, .asked(HexDigest(digest))) }
    case .answered(let done): try finish(done, isPostponed: false, record)
    case .postponed(let done): try finish(done, isPostponed: true, record)
    }
  }

  private func finish(
    _ done: QuestionEvent.Exchange, isPostponed: Bool, _ record: (Int, AskingEvent) throws -> Void
  ) throws {
    guard let position = Int(done.question) else { return }
    let (answer, problem) = Self.reading(done.answer)
    try record(
      position,
      .done(
        Reply(
          answer: answer, problem: problem, isPostponed: isPostponed, status: done.attempts.last?.status,
          attempts: done.attempts.count, time: done.time)))
  }

  private static func reading(_ answer: Answer) -> (SuspectAnswer?, String?) {
    switch answer {
    // A softmax may end above 1 by a rounding error; a score is a probability.
    case .probabilities(let values): (.probabilities(values.map { min(1, max(0, $0)) }), nil)
    // Without one of our classes there is nothing to score.
    case .topK(let values) where values.isEmpty: (nil, "no class that we have")
    case .topK(let values): (.top(values.mapValues { min(1, max(0, $0)) }), nil)
    case .label(let label): (.label(label), nil)
    case .none(let reason): (nil, reason.text)
    }
  }

  /// Turns what ends a session into what ends an audit; anything else is thrown as it is.
  private static func ending<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch SuspectError.stopped {
      throw AskingEnd.stopped
    } catch SuspectError.modelChanged {
      throw AskingEnd.modelChanged
    } catch SuspectError.noDescription(_, let interruption) {
      throw end(interruption) ?? .interrupted(.outage)
    } catch let error as SuspectError where error.isTransient {
      throw AskingEnd.interrupted(.outage)
    } catch SuspectError.refusedAddress {
      throw AskingEnd.interrupted(.refused)
    } catch let error as SuspectError {
      throw AskingEnd.misfit(reason: error.description)
    }
  }

  private static func end(_ interruption: Interruption) -> AskingEnd? {
    switch interruption.reason {
    case .outage, .unusable: .interrupted(.outage)
    case .rateLimit: .interrupted(.rateLimit)
    case .refused: .interrupted(.refused)
    case .budget: .dayIsSpent
    case .modelChanged: .modelChanged
    case .stopped: .stopped
    }
  }
}
