import Foundation
import Foundations

/// Requests under the policy: spaced out, repeated where that is right, each attempt counted.
struct RetryingTransport: Sendable {
  let transport: Transport
  let bucket: TokenBucket
  let policy: AskingPolicy
  let surroundings: Surroundings
  /// Takes every request, whatever it is for, out of what may be sent before it is sent; false ends the attempts.
  let admission: Admission

  /// How a request ended.
  struct Outcome: Sendable {
    var attempts: [QuestionEvent.Attempt] = []
    var result: Result<WireResponse, NoAnswer>
    /// Set where no further request has any point.
    var interruption: Interruption?

    /// Whether the question may be asked another time: the suspect took none of the attempts, or it was us who ended
    /// them early.
    var isPostponed: Bool {
      guard case .failure(let reason) = result else { return false }
      return [.budget, .stopped].contains(reason.code) || attempts.allSatisfy(\.isUntaken)
    }
  }

  /// What is done about one attempt.
  private enum Next {
    case done(Result<WireResponse, NoAnswer>, Interruption?)
    /// Again, not before so many seconds.
    case again(NoAnswer, seconds: Double)
  }

  /// - Throws: `CancellationError`; what the admission throws.
  func send(_ request: WireRequest) async throws -> Outcome {
    var attempts: [QuestionEvent.Attempt] = []
    var hadServerError = false
    var last = NoAnswer(.stopped)
    for number in 1...max(policy.attempts, 1) {
      do {
        try await bucket.take()
      } catch let reason as NoAnswer {
        return Outcome(attempts: attempts, result: .failure(reason), interruption: Interruption(.stopped))
      }
      guard try await admission(surroundings.now()) else {
        return Outcome(attempts: attempts, result: .failure(NoAnswer(.budget)), interruption: Interruption(.budget))
      }
      var attempt = QuestionEvent.Attempt()
      let next: Next
      do {
        let response = try await transport.send(request)
        attempt.status = response.status
        next = judge(response, hadServerError: hadServerError)
        hadServerError = hadServerError || response.status == 500
      } catch let fault as NoAnswer {
        attempt.fault = fault.code
        next =
          [.unreachable, .timeout, .reset].contains(fault.code)
          ? .again(fault, seconds: 0) : .done(.failure(fault), nil)
      } catch let error as SuspectError {
        attempt.fault = .unreachable
        let fault = NoAnswer(.unreachable, detail: error.description)
        next =
          error.isTransient
          ? .again(fault, seconds: 0)
          : .done(.failure(fault), Interruption(.refused, detail: error.description))
      }
      attempts.append(attempt)
      switch next {
      case .done(let result, let interruption):
        return Outcome(attempts: attempts, result: result, interruption: interruption)
      case .again(let reason, let seconds):
        last = reason
        if seconds > Double(policy.longestRetryAfterSeconds) {
          let detail = "it asks for a pause of \(Int(min(seconds, 1e9))) s"
          return Outcome(
            attempts: attempts, result: .failure(reason),
            interruption: Interruption(reason.code == .rateLimited ? .rateLimit : .outage, detail: detail))
        }
        if number == policy.attempts { break }
        let backoff = policy.backoff(after: number, uniform: surroundings.uniform())
        do {
          // Never earlier than asked for; the jitter keeps several clients apart.
          try await surroundings.wait(Int(seconds * 1000) + backoff)
        } catch let stop as NoAnswer {
          let end = NoAnswer(stop.code, detail: reason.text)
          return Outcome(attempts: attempts, result: .failure(end), interruption: Interruption(.stopped))
        }
      }
    }
    let limited = last.code == .rateLimited ? Interruption(.rateLimit, detail: last.detail) : nil
    return Outcome(attempts: attempts, result: .failure(last), interruption: limited)
  }

  private func judge(_ response: WireResponse, hadServerError: Bool) -> Next {
    let text =
      "HTTP \(response.status)" + (response.body.isEmpty ? "" : ": \(PrintableText(response.body, limit: 512))")
    switch response.status {
    case 200..<300: return .done(.success(response), nil)
    case 300..<400:
      let target = response.location.map { " to \(PrintableText($0, limit: 512))" } ?? ""
      let detail = "HTTP \(response.status): a redirect\(target), which is not followed"
      return .done(.failure(NoAnswer(.redirect, detail: detail)), Interruption(.refused, detail: detail))
    case 401, 403, 404, 405, 410:
      return .done(.failure(NoAnswer(.rejected, detail: text)), Interruption(.refused, detail: text))
    case 429: return .again(NoAnswer(.rateLimited, detail: text), seconds: response.retryAfter ?? 0)
    case 408, 502, 503, 504:
      return .again(NoAnswer(.overloaded, detail: text), seconds: response.retryAfter ?? Self.loading(response) ?? 0)
    case 500 where !hadServerError: return .again(NoAnswer(.status, detail: text), seconds: 0)
    case 400..<500: return .done(.failure(NoAnswer(.rejected, detail: text)), nil)
    default: return .done(.failure(NoAnswer(.status, detail: text)), nil)
    }
  }

  /// Seconds until a model is loaded, as Hugging Face's 503 says them.
  private static func loading(_ response: WireResponse) -> Double? {
    guard response.status == 503, response.body.first == UInt8(ascii: "{"), response.body.count < 1 << 16,
      let body = try? JSONValue(response.body, limits: JSONLimits()), let seconds = body["estimated_time"]?.number
    else { return nil }
    return max(0, seconds)
  }

  /// A description in JSON; nil where there is none (404, 405).
  /// - Throws: `SuspectError.noDescription`; `CancellationError`.
  func describe(_ url: String, suspect: String, limits: JSONLimits) async throws -> JSONValue? {
    let outcome = try await send(WireRequest(url: url, body: nil))
    switch outcome.result {
    case .success(let response):
      do {
        return try JSONValue(response.body, limits: limits)
      } catch let reason as NoAnswer {
        throw SuspectError.noDescription(
          suspect: suspect, interruption: Interruption(.unusable, detail: "metadata: \(reason.text)"))
      }
    case .failure(let reason):
      if let status = outcome.attempts.last?.status, [404, 405].contains(status) { return nil }
      if outcome.interruption?.reason == .stopped { throw SuspectError.stopped }
      let isDown = [.unreachable, .overloaded, .timeout, .reset].contains(reason.code)
      throw SuspectError.noDescription(
        suspect: suspect,
        interruption: outcome.interruption ?? Interruption(isDown ? .outage : .unusable, detail: reason.text))
    }
  }
}
