import Testing

@testable import Suspects

struct PolicyTests {
  @Test func spacesRequestsOutAfterTheBurst() async throws {
    let time = VirtualTime()
    let bucket = TokenBucket(rate: 2, burst: 3, surroundings: time.surroundings())
    var moments: [Int] = []
    for _ in 0..<6 {
      try await bucket.take()
      moments.append(time.waited)
    }
    #expect(moments == [0, 0, 0, 500, 1000, 1500])
  }

  @Test func backsOffWithFullJitter() {
    let policy = AskingPolicy()
    #expect(
      (1...8).map { policy.backoff(after: $0, uniform: 0.5) } == [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    #expect(policy.backoff(after: 4, uniform: 0) == 0)
  }

  @Test func countsRequestsByDay() {
    var budget = QueryBudget(perAudit: 5, perDay: 2, sent: 1, sentByDay: [10: 1])
    let day = 86_400_000
    // Yesterday's second, one too many for that day, two of today's, one of tomorrow's, and the audit's sixth.
    let granted = [10 * day, 11 * day - 1, 11 * day, 11 * day, 12 * day, 12 * day].map { budget.take(at: $0) }
    #expect(granted == [true, false, true, true, true, false])
  }

  @Test func readsATranscriptBack() throws {
    let reply: [UInt8] = [1, 2, 3]
    let day = 86_400_000
    let lines: [TranscriptLine] = [
      .asked(.init(time: day, question: "a", request: .init(reply))),
      .asked(.init(time: day + 1, question: "b", request: .init(reply))),
      .answered(
        .init(
          time: day + 5, question: "a",
          attempts: [
            .init(time: day + 2, milliseconds: 2, status: 503), .init(time: 2 * day, milliseconds: 2, status: 200),
          ], answer: .topK([2: 0.5, 0: 0.25]), response: .init(reply))),
      .asked(.init(time: day + 6, question: "c", request: .init(reply))),
      .postponed(
        .init(
          time: day + 7, question: "c", attempts: [.init(time: day + 6, milliseconds: 1, fault: .unreachable)],
          answer: .none(NoAnswer(.unreachable, detail: "down")))),
      .closed(.init(time: day + 8, interruption: Interruption(.outage))),
    ]
    let bytes = try lines.flatMap { try $0.bytes() }
    let torn = bytes + Array("{\"event\":\"answe".utf8)
    let transcript = try Transcript(bytes: torn)
    #expect(transcript.lines == lines)
    #expect(transcript.answers == ["a": .topK([2: 0.5, 0: 0.25])])
    #expect(transcript.open == ["b"])
    #expect(transcript.requestsByDay == [1: 3, 2: 1])
    #expect(throws: SuspectError.self) { try Transcript(bytes: Array("{}\n".utf8)) }
  }

  @Test func writesAnswersCompactly() throws {
    let line = TranscriptLine.answered(
      .init(
        time: 7, question: "q", attempts: [.init(time: 5, milliseconds: 2, status: 200)],
        answer: .probabilities([0.5, 0.25, 0.25]), response: .init(Array("{}".utf8))))
    let text = String(decoding: try line.bytes(), as: UTF8.self)
    #expect(
      text == """
        {"answer":{"probabilities":[0.5,0.25,0.25]},"attempts":[{"milliseconds":2,"status":200,"time":5}],\
        "event":"answered","question":"q","response":{"bytes":2,\
        "sha256":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},"time":7}

        """)
  }
}
