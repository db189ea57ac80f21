import Testing

@testable import Suspects

/// Each way in which a server can go wrong: what is recorded, why asking ended, and that it ended.
struct MisbehavingSuspectTests {
  struct Misbehaviour: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var answer: @Sendable (ScriptedServer.Request) -> [ScriptedServer.Step]
    /// What the first question comes to; nil for an answer.
    var code: NoAnswer.Code?
    var interruption: Interruption.Reason?
    /// Requests with images that reach the server, for three questions one after the other.
    var requests: ClosedRange<Int>
    /// Milliseconds allowed for a whole exchange.
    var total = 60_000
  }

  static let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

  static func send(_ text: String) -> ScriptedServer.Step { .send(Array(text.utf8)) }

  static func always(_ steps: [ScriptedServer.Step]) -> @Sendable (ScriptedServer.Request) -> [ScriptedServer.Step] {
    { _ in steps }
  }

  static func json(_ body: String) -> @Sendable (ScriptedServer.Request) -> [ScriptedServer.Step] {
    always(.reply(body))
  }

  static let all: [Misbehaviour] = [
    .init(
      testDescription: "answers too late", answer: always([.pause(milliseconds: 60_000)]), code: .timeout,
      interruption: .outage, requests: 10...15, total: 1500),
    .init(
      testDescription: "drips its headers",
      answer: always([send(head)] + (0..<2000).flatMap { [send("X-\($0): y\r\n"), .pause(milliseconds: 30)] }),
      code: .timeout, interruption: .outage, requests: 10...15, total: 1500),
    .init(
      testDescription: "drips its body",
      answer: always(
        [send(head + "Content-Length: 2000\r\n\r\n")]
          + (0..<2000).flatMap { _ in [send(" "), .pause(milliseconds: 30)] }),
      code: .timeout, interruption: .outage, requests: 10...15, total: 1500),
    .init(
      testDescription: "hangs up without an answer", answer: always([]), code: .reset, interruption: .outage,
      requests: 15...30),
    .init(
      testDescription: "hangs up inside the body",
      answer: always([send(head + "Content-Length: 500\r\n\r\n{\"outputs")]),
      code: .reset, interruption: .outage, requests: 15...30),
    .init(
      testDescription: "hangs up between chunks",
      answer: always([send(head + "Transfer-Encoding: chunked\r\n\r\n9\r\n{\"outputs\r\n")]), code: .reset,
      interruption: .outage, requests: 15...30),
    .init(
      testDescription: "limits the rate for ever", answer: always(.reply("slow down", status: 429)), code: .rateLimited,
      interruption: .rateLimit, requests: 5...5),
    .init(
      testDescription: "asks for an hour's pause",
      answer: always(.reply("", status: 429, headers: ["Retry-After: 3600"])), code: .rateLimited,
      interruption: .rateLimit, requests: 1...1),
    .init(
      testDescription: "is overloaded for ever", answer: always(.reply("", status: 503)), code: .overloaded,
      interruption: .outage, requests: 15...15),
    .init(
      testDescription: "fails inside", answer: always(.reply("Traceback (most recent call last)", status: 500)),
      code: .status, interruption: .outage, requests: 6...6),
    .init(
      testDescription: "wants another credential", answer: always(.reply("no", status: 401)), code: .rejected,
      interruption: .refused, requests: 1...1),
    .init(
      testDescription: "redirects to a metadata address",
      answer: always(.reply("", status: 302, headers: ["Location: http://169.254.169.254/latest/meta-data/"])),
      code: .redirect, interruption: .refused, requests: 1...1),
    .init(
      testDescription: "does not want the image", answer: always(.reply("{\"error\":\"shape\"}", status: 422)),
      code: .rejected, requests: 3...3),
    .init(
      testDescription: "names a class that nobody told us of",
      answer: json(Rehearsal.output("[\"dog\"]", shape: "[1]", datatype: "BYTES")), code: .unknownClass,
      interruption: .unusable, requests: 1...1),
    .init(
      testDescription: "sends a page", answer: always(.reply("<html><body>Welcome</body></html>", type: "text/html")),
      code: .malformed, requests: 3...3),
    .init(
      testDescription: "sends a body of a gigabyte",
      answer: always([
        send(head + "Content-Length: 1073741824\r\n\r\n"),
        .flood([UInt8](repeating: 32, count: 1 << 16), times: 1 << 14),
      ]), code: .tooLarge, requests: 3...3),
    .init(
      testDescription: "sends a body of a gigabyte without saying so",
      answer: always([send(head + "\r\n"), .flood([UInt8](repeating: 32, count: 1 << 16), times: 1 << 14)]),
      code: .tooLarge, requests: 3...3),
    .init(
      testDescription: "sends a gzip bomb",
      answer: { _ in
        let bomb = GzipBomb.bytes(inflatedTo: 64 << 20)
        return [
          send(head + "Content-Encoding: gzip\r\nContent-Length: \(bomb.count)\r\n\r\n"), .send(bomb), .keepAlive,
        ]
      }, code: .tooLarge, requests: 3...3),
    .init(
      testDescription: "sends too many headers",
      answer: always([send(head + (0..<400).map { "X-\($0): y\r\n" }.joined() + "Content-Length: 0\r\n\r\n")]),
      code: .tooLarge, requests: 3...3),
    .init(
      testDescription: "sends long headers",
      answer: always([
        send(head + (0..<5).map { "X-\($0): \(String(repeating: "y", count: 8000))\r\n" }.joined()),
        send("Content-Length: 0\r\n\r\n"),
      ]), code: .tooLarge, requests: 3...3),
    .init(
      testDescription: "nests lists deeply",
      answer: json(String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)), code: .malformed,
      requests: 3...3),
    .init(
      testDescription: "sends a million numbers too many",
      answer: json("[" + String(repeating: "1,", count: 1_000_001) + "1]"), code: .malformed, requests: 3...3),
    .init(
      testDescription: "answers NaN", answer: json(Rehearsal.output("[NaN,0.5,0.5]")), code: .notFinite, requests: 3...3
    ),
    .init(
      testDescription: "answers -Infinity", answer: json(Rehearsal.output("[-Infinity,0.5,0.5]")), code: .notFinite,
      requests: 3...3),
    .init(
      testDescription: "answers with too few classes", answer: json(Rehearsal.output("[0.5,0.5]", shape: "[1,2]")),
      code: .wrongShape, requests: 3...3),
    .init(
      testDescription: "claims a shape that overflows",
      answer: json(Rehearsal.output("[0.5,0.5,0]", shape: "[4611686018427387904,4]")), code: .wrongShape,
      requests: 3...3),
    .init(
      testDescription: "claims a negative shape", answer: json(Rehearsal.output("[0.5,0.5,0]", shape: "[-1,-3]")),
      code: .wrongShape, requests: 3...3),
    .init(
      testDescription: "answers with logits", answer: json(Rehearsal.output("[-3.5,12,0.5]")), code: .notProbabilities,
      requests: 3...3),
    .init(
      testDescription: "answers as another version",
      answer: json(Rehearsal.good.replacing("\"model_version\":\"1\"", with: "\"model_version\":\"2\"")),
      code: .modelChanged, interruption: .modelChanged, requests: 1...1),
    .init(
      testDescription: "fails once a question",
      answer: { $0.ordinal % 2 == 0 ? .reply("", status: 500) : .reply(Rehearsal.good) }, requests: 6...6),
    .init(
      testDescription: "limits the rate now and then",
      answer: { $0.ordinal % 2 == 0 ? .reply("", status: 429, headers: ["Retry-After: 7"]) : .reply(Rehearsal.good) },
      requests: 6...6),
  ]

  @Test(arguments: all)
  func endsWithTheRightReason(_ misbehaviour: Misbehaviour) async throws {
    let time = VirtualTime()
    let notebook = Notebook()
    var policy = AskingPolicy()
    policy.inFlight = 1
    var limits = ExchangeLimits()
    limits.totalMilliseconds = misbehaviour.total
    let terms = Rehearsal.terms(time, policy: policy, limits: limits)
    // The limit on time is for answers; a description comes at once.
    let (result, log) = try await ScriptedServer.serve({ request in
      request.method == "GET" ? .reply(Rehearsal.metadata) : misbehaviour.answer(request)
    }) { server in
      let result = try await SuspectSession.with(Rehearsal.suspect(server.url), terms: terms) { session in
        try await session.ask(
          Rehearsal.questions(3), record: notebook.record)
      }
      return (result, server.log)
    }
    #expect(result.interruption?.reason == misbehaviour.interruption)
    #expect(misbehaviour.requests.contains(log.posts.count), "\(log.posts.count) requests")
    let answer = try #require(result.answers["q0"])
    if let code = misbehaviour.code {
      guard case .none(let reason) = answer else {
        Issue.record("an answer: \(answer)")
        return
      }
      #expect(reason.code == code, "\(reason)")
      #expect((reason.detail?.utf8.count ?? 0) <= 2048)
    } else {
      #expect(answer == .probabilities([0.7, 0.2, 0.1]))
      #expect(result.answers.count == 3)
    }
    // What was taken from the server stays near the limit, whatever it would have sent.
    #expect(log.sent < 64 << 20)
    let attempts = (notebook.answered + notebook.postponed).flatMap(\.attempts)
    #expect(attempts.count >= log.posts.count || misbehaviour.code == .reset)
  }

  @Test func waitsAsLongAsItIsAskedTo() async throws {
    let time = VirtualTime()
    let terms = Rehearsal.terms(time)
    _ = try await ScriptedServer.serve({ request in
      if request.method == "GET" { return .reply(Rehearsal.metadata) }
      return request.ordinal == 0
        ? .reply("", status: 429, headers: ["Retry-After: 500"]) : .reply(Rehearsal.good)
    }) { server in
      try await SuspectSession.with(Rehearsal.suspect(server.url), terms: terms) { session in
        let result = try await session.ask(
          Rehearsal.questions(1), record: Notebook().record)
        #expect(result.answers["q0"] == .probabilities([0.7, 0.2, 0.1]))
      }
    }
    #expect(time.waited >= 500_000)
  }

  /// Each announces an answer and none comes: the connection ends after a few of them, not at the end of the time.
  @Test(arguments: ["100 Continue", "102 Processing", "103 Early Hints"])
  func hangsUpOnAStreamOfAnnouncements(_ status: String) async throws {
    let flood = [UInt8](Array(repeating: "HTTP/1.1 \(status)\r\n\r\n", count: 400).joined().utf8)
    let (result, sent) = try await ScriptedServer.serve({ request in
      request.method == "GET" ? .reply(Rehearsal.metadata) : [.flood(flood, times: 1_000_000)]
    }) { server in
      let result = try await SuspectSession.with(
        Rehearsal.suspect(server.url), terms: Rehearsal.terms(VirtualTime())
      ) {
        try await $0.ask(
          Rehearsal.questions(1), record: Notebook().record)
      }
      return (result, server.log.sent)
    }
    guard case .none(let reason)? = result.answers["q0"] else {
      Issue.record("an answer")
      return
    }
    #expect(reason.code == .malformed && reason.detail?.contains("16 informational") == true)
    // What lies in the buffers of both sides, and no more.
    #expect(sent < 32 << 20)
  }

  @Test func takesAnAnswerAfterOneAnnouncement() async throws {
    let result = try await ScriptedServer.serve({ request in
      request.method == "GET"
        ? .reply(Rehearsal.metadata)
        : [Self.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n")]
          + .reply(Rehearsal.good)
    }) { server in
      try await SuspectSession.with(Rehearsal.suspect(server.url), terms: Rehearsal.terms(VirtualTime())) {
        try await $0.ask(
          Rehearsal.questions(20), record: Notebook().record)
      }
    }
    #expect(result.answers.count == 20 && result.answers.values.allSatisfy { $0.kind == .probabilities })
  }

  /// Extensions of chunks are no part of the body, and may go on for ever.
  @Test func hangsUpOnBytesThatAreNoBody() async throws {
    let flood = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
    let (result, sent) = try await ScriptedServer.serve({ request in
      request.method == "GET"
        ? .reply(Rehearsal.metadata)
        : [Self.send(Self.head + "Transfer-Encoding: chunked\r\n\r\n1;a="), .flood(flood, times: 1_000_000)]
    }) { server in
      let result = try await SuspectSession.with(
        Rehearsal.suspect(server.url), terms: Rehearsal.terms(VirtualTime())
      ) {
        try await $0.ask(
          Rehearsal.questions(1), record: Notebook().record)
      }
      return (result, server.log.sent)
    }
    guard case .none(let reason)? = result.answers["q0"] else {
      Issue.record("an answer")
      return
    }
    #expect([.tooLarge, .malformed].contains(reason.code))
    #expect(sent < 64 << 20)
  }

  @Test func givesUpWhereEveryAnswerIsUnusable() async throws {
    let terms = Rehearsal.terms(VirtualTime())
    let (result, posts) = try await ScriptedServer.serve({ request in
      request.method == "GET" ? .reply(Rehearsal.metadata) : .reply("<html>", type: "text/html")
    }) { server in
      let result = try await SuspectSession.with(Rehearsal.suspect(server.url), terms: terms) { session in
        try await session.ask(
          Rehearsal.questions(30), record: Notebook().record)
      }
      return (result, server.log.posts.count)
    }
    #expect(result.interruption?.reason == .unusable)
    // The second question in flight may still be answered.
    #expect((10...11).contains(posts))
  }

  @Test func isAnOutageWhereNobodyListens() async throws {
    let time = VirtualTime()
    let port = try await ScriptedServer.serve({ _ in [] }) { $0.port }
    await #expect {
      try await SuspectSession.with(
        Rehearsal.suspect("http://127.0.0.1:\(port)"), terms: Rehearsal.terms(time)
      ) { _ in }
    } throws: { error in
      guard case SuspectError.noDescription(_, let interruption) = error else { return false }
      return interruption.reason == .outage && (error as? SuspectError)?.isTransient == true
    }
  }
}
