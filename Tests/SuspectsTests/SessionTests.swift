import NIOCore
import Synchronization
import Testing

@testable import Suspects

/// Budgets, changes of the model, and where connections go.
struct SessionTests {
  private static func polite(_ request: ScriptedServer.Request) -> [ScriptedServer.Step] {
    .reply(request.method == "GET" ? Rehearsal.metadata : Rehearsal.good)
  }

  @discardableResult
  private static func ask(
    _ url: String, questions: Int, policy: AskingPolicy = AskingPolicy(), surroundings: Surroundings? = nil,
    admission: @escaping Admission = { _ in true }, into notebook: Notebook
  ) async throws -> Questioning {
    let terms = Rehearsal.terms(VirtualTime(), policy: policy, surroundings: surroundings, admission: admission)
    return try await SuspectSession.with(Rehearsal.suspect(url), terms: terms) {
      try await $0.ask(Rehearsal.questions(questions), record: notebook.record)
    }
  }

  @Test func sendsTheImageInTheLayoutThatTheModelDescribes() async throws {
    let metadata = Rehearsal.metadata.replacing("[-1,3,2,2]", with: "[-1,2,2,3]")
    let body = try await ScriptedServer.serve({ .reply($0.method == "GET" ? metadata : Rehearsal.good) }) { server in
      let pixels: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
      _ = try await SuspectSession.with(Rehearsal.suspect(server.url), terms: Rehearsal.terms(VirtualTime())) {
        try await $0.ask(
          [Question(id: "q", pixels: pixels)], record: Notebook().record)
      }
      return String(decoding: server.log.posts[0].body, as: UTF8.self)
    }
    #expect(
      body == """
        {"inputs":[{"name":"image","shape":[1,2,2,3],"datatype":"UINT8","data":[1,5,9,2,6,10,3,7,11,4,8,12]}]}
        """)
  }

  @Test func recordsEachQuestionBeforeItIsSentAndEachAnswerBeforeTheNext() async throws {
    let notebook = Notebook()
    var policy = AskingPolicy()
    policy.inFlight = 1
    let chosen = policy
    try await ScriptedServer.serve({ request in
      if request.method == "POST" {
        #expect(notebook.open == 1)
        #expect(notebook.answered.count == request.ordinal)
      }
      return Self.polite(request)
    }) { server in
      let result = try await Self.ask(server.url, questions: 4, policy: chosen, into: notebook)
      #expect(result.interruption == nil)
      #expect(result.answers.count == 4)
      #expect(result.answers.values.allSatisfy { $0.kind == .probabilities })
    }
    #expect(notebook.open == 0)
    #expect(notebook.answered.count == 4)
  }

  @Test func stopsAtTheBudgetAndCountsRetries() async throws {
    let notebook = Notebook()
    var policy = AskingPolicy()
    policy.inFlight = 1
    let chosen = policy
    // The description and four requests.
    let left = Mutex(5)
    let posts = try await ScriptedServer.serve({ request in
      if request.method == "GET" { return .reply(Rehearsal.metadata) }
      return request.ordinal == 1 ? .reply("", status: 503) : .reply(Rehearsal.good)
    }) { server in
      let result = try await Self.ask(
        server.url, questions: 9, policy: chosen,
        admission: { _ in
          left.withLock {
            $0 -= 1
            return $0 >= 0
          }
        }, into: notebook)
      #expect(result.interruption?.reason == .budget)
      return server.log.posts.count
    }
    #expect(posts == 4)
    #expect(notebook.answered.count == 3)
    #expect(notebook.answered.map(\.attempts.count) == [1, 2, 1])
    // The question that the budget cut off may be asked another day.
    #expect(notebook.postponed.count == 1)
    #expect(notebook.open == 0)
  }

  @Test func countsEveryRequestAlsoDescriptionsAndRetries() async throws {
    let granted = Mutex(0)
    let terms = Rehearsal.terms(
      VirtualTime(),
      admission: { _ in
        granted.withLock { $0 += 1 }
        return true
      })
    let requests = try await ScriptedServer.serve({ request in
      if request.method == "GET" { return .reply(Rehearsal.metadata) }
      return request.ordinal == 1 ? .reply("", status: 503) : .reply(Rehearsal.good)
    }) { server in
      let result = try await SuspectSession.with(Rehearsal.suspect(server.url), terms: terms) {
        try await $0.ask(
          Rehearsal.questions(3), record: Notebook().record)
      }
      #expect(result.interruption == nil)
      return server.log.requests
    }
    // Three questions, one of them twice; the model describes itself before and after.
    #expect(requests.count { $0.method == "POST" } == 4 && requests.count { $0.method == "GET" } >= 2)
    #expect(granted.withLock { $0 } == requests.count)
  }

  @Test(arguments: 0...4)
  func sendsNothingThatIsNotAdmitted(_ limit: Int) async throws {
    let left = Mutex(limit)
    let terms = Rehearsal.terms(
      VirtualTime(),
      admission: { _ in
        left.withLock { left in
          guard left > 0 else { return false }
          left -= 1
          return true
        }
      })
    let sent = try await ScriptedServer.serve(Self.polite) { server in
      do {
        let result = try await SuspectSession.with(Rehearsal.suspect(server.url), terms: terms) {
          try await $0.ask(
            Rehearsal.questions(9), record: Notebook().record)
        }
        #expect(result.interruption?.reason == .budget)
      } catch SuspectError.noDescription(_, let interruption) {
        #expect(interruption.reason == .budget)
      }
      return server.log.requests.count
    }
    #expect(sent == limit)
  }

  @Test(arguments: [401, 503, 429])
  func keepsQuestionsThatNobodyTookForAnotherTime(_ status: Int) async throws {
    let notebook = Notebook()
    let result = try await ScriptedServer.serve({ request in
      request.method == "GET" ? .reply(Rehearsal.metadata) : .reply("", status: status)
    }) { try await Self.ask($0.url, questions: 2, into: notebook) }
    #expect(result.interruption != nil || status == 503)
    #expect(notebook.answered.isEmpty && !notebook.postponed.isEmpty && notebook.open == 0)
  }

  @Test func asksNothingAgainThatMayHaveBeenTaken() async throws {
    let notebook = Notebook()
    _ = try await ScriptedServer.serve({ request in
      if request.method == "GET" { return .reply(Rehearsal.metadata) }
      return .reply("", status: request.ordinal == 0 ? 504 : 503)
    }) { try await Self.ask($0.url, questions: 1, into: notebook) }
    #expect(notebook.answered.first?.answer.kind == nil)
    #expect(notebook.postponed.isEmpty && notebook.answered.count == 1)
  }

  @Test func stopsWhenItIsAskedTo() async throws {
    let notebook = Notebook()
    let surroundings = VirtualTime().surroundings(stopRequested: { notebook.answered.count >= 2 })
    let result = try await ScriptedServer.serve(Self.polite) { server in
      try await Self.ask(server.url, questions: 9, surroundings: surroundings, into: notebook)
    }
    #expect(result.interruption?.reason == .stopped)
    #expect(notebook.answered.count < 9)
    #expect(notebook.open == 0)
  }

  @Test func keepsToTheRate() async throws {
    let time = VirtualTime()
    var policy = AskingPolicy()
    policy.requestsPerSecond = 0.5
    let terms = Rehearsal.terms(time, policy: policy)
    try await ScriptedServer.serve(Self.polite) { server in
      _ = try await SuspectSession.with(Rehearsal.suspect(server.url), terms: terms) { session in
        try await session.ask(
          Rehearsal.questions(5), record: Notebook().record)
      }
    }
    // One description before, five questions, one description after: six intervals of two seconds.
    #expect(time.waited >= 12_000)
  }

  @Test func noticesAnotherModelAtTheNextAudit() async throws {
    let before = try await ScriptedServer.serve(Self.polite) { server in
      try await SuspectSession.with(Rehearsal.suspect(server.url), terms: Rehearsal.terms(VirtualTime())) {
        $0.profile.fingerprint
      }
    }
    for change in [
      ("\"versions\":[\"1\"]", "\"versions\":[\"2\"]"),
      ("[\"plane\",\"car\",\"bird\"]", "[\"car\",\"plane\",\"bird\"]"),
    ] {
      let metadata = Rehearsal.metadata.replacing(change.0, with: change.1)
      try await ScriptedServer.serve({ _ in .reply(metadata) }) { server in
        await #expect {
          try await SuspectSession.with(
            Rehearsal.suspect(server.url), terms: Rehearsal.terms(VirtualTime()), expecting: before
          ) { _ in }
        } throws: { error in
          if case SuspectError.modelChanged = error { true } else { false }
        }
      }
    }
  }

  @Test func noticesAnotherModelDuringAnAudit() async throws {
    let notebook = Notebook()
    let changed = Rehearsal.metadata.replacing("\"platform\":\"test\"", with: "\"platform\":\"other\"")
    let result = try await ScriptedServer.serve({ request in
      if request.method == "GET" { return .reply(request.ordinal == 0 ? Rehearsal.metadata : changed) }
      return .reply(Rehearsal.good)
    }) { try await Self.ask($0.url, questions: 2, into: notebook) }
    #expect(result.interruption?.reason == .modelChanged)
    #expect(result.answers.count == 2)
  }

  @Test func mapsShuffledClassesByTheirNames() async throws {
    let metadata = Rehearsal.metadata.replacing("[\"plane\",\"car\",\"bird\"]", with: "[\"bird\",\"plane\",\"auto\"]")
    var suspect = Rehearsal.suspect("")
    suspect.classes.names = ["car": "auto"]
    let renamed = suspect
    let answer = try await ScriptedServer.serve({ .reply($0.method == "GET" ? metadata : Rehearsal.good) }) { server in
      var suspect = renamed
      suspect.url = server.url + "/v2/models/m"
      return try await SuspectSession.with(suspect, terms: Rehearsal.terms(VirtualTime())) { session in
        try await session.ask(
          Rehearsal.questions(1), record: Notebook().record
        ).answers["q0"]
      }
    }
    #expect(answer == .probabilities([0.2, 0.1, 0.7]))
  }

  @Test(arguments: ["[\"bird\",\"plane\",\"auto\"]", "[\"plane\",\"car\"]", "[\"plane\",\"car\",\"car\"]", "null"])
  func guessesNoClasses(_ told: String) async throws {
    let metadata = Rehearsal.metadata.replacing("[\"plane\",\"car\",\"bird\"]", with: told)
    try await ScriptedServer.serve({ _ in .reply(metadata) }) { server in
      await #expect {
        try await SuspectSession.with(Rehearsal.suspect(server.url), terms: Rehearsal.terms(VirtualTime())) { _ in }
      } throws: { error in
        if case SuspectError.classes = error { true } else { false }
      }
    }
  }

  @Test func connectsToTheAddressThatWasCheckedAndToNoOther() async throws {
    let lookups = Mutex(0)
    try await ScriptedServer.serve(Self.polite) { server in
      // No name service knows this host, so only the pinned address can lead to the server.
      let surroundings = VirtualTime().surroundings(resolve: { host, port in
        #expect(host == "suspect.invalid")
        lookups.withLock { $0 += 1 }
        return try SocketAddress(ipAddress: "127.0.0.1", port: port)
      })
      let result = try await Self.ask(
        "http://SUSPECT.invalid:\(server.port)", questions: 3, surroundings: surroundings, into: Notebook())
      #expect(result.answers.count == 3)
      #expect(server.log.requests.allSatisfy { $0.headers["host"] == "suspect.invalid:\(server.port)" })
    }
    #expect(lookups.withLock { $0 } == 1)
  }

  @Test func refusesAHostThatIsReboundToAMetadataAddress() async throws {
    let lookups = Mutex(0)
    let closed = try await ScriptedServer.serve({ _ in [] }) { $0.port }
    let surroundings = VirtualTime().surroundings(resolve: { _, port in
      let count = lookups.withLock {
        $0 += 1
        return $0
      }
      return try SocketAddress(ipAddress: count == 1 ? "127.0.0.1" : "169.254.169.254", port: port)
    })
    await #expect {
      try await Self.ask(
        "http://suspect.invalid:\(closed)", questions: 1, surroundings: surroundings, into: Notebook())
    } throws: { error in
      guard case SuspectError.noDescription(_, let interruption) = error else { return false }
      return interruption.reason == .refused && interruption.detail?.contains("169.254.169.254") == true
    }
    #expect(lookups.withLock { $0 } == 2)
  }

  @Test func aClosedPortIsSaidInWords() async throws {
    let closed = try await ScriptedServer.serve({ _ in [] }) { $0.port }
    await #expect {
      try await Self.ask("http://127.0.0.1:\(closed)", questions: 1, into: Notebook())
    } throws: { error in
      guard case SuspectError.noDescription(_, let interruption) = error else { return false }
      return interruption.reason == .outage && interruption.detail?.contains("Connection refused") == true
        && interruption.detail?.contains("errno") == false && interruption.detail?.contains("(") == false
    }
  }

  @Test func asksPrivateAddressesOnlyByPermission() async throws {
    var suspect = Rehearsal.suspect("http://127.0.0.1:1")
    suspect.allowsPrivateAddresses = false
    let refused = suspect
    await #expect {
      try await SuspectSession.with(refused, terms: Rehearsal.terms(VirtualTime())) { _ in }
    } throws: { error in
      guard case SuspectError.noDescription(_, let interruption) = error else { return false }
      return interruption.reason == .refused
    }
  }

  @Test func sendsTheCredentialAndWritesItNowhere() async throws {
    let secret = "s3cr3t-token"
    let credential = try Credential(secret + "\n")
    let notebook = Notebook()
    try await ScriptedServer.serve({ request in
      // The first question is answered with what was sent.
      request.method == "POST" && request.ordinal == 0
        ? .reply("you sent \(request.headers["authorization"] ?? "")", status: 400) : Self.polite(request)
    }) { server in
      _ = try await SuspectSession.with(
        Rehearsal.suspect(server.url), terms: Rehearsal.terms(VirtualTime(), credential: credential)
      ) { try await $0.ask(Rehearsal.questions(2), record: notebook.record) }
      #expect(server.log.requests.allSatisfy { $0.headers["authorization"] == "Bearer \(secret)" })
    }
    let texts = notebook.events.map { "\($0)" }
    #expect(texts.contains { $0.contains("you sent Bearer (credential)") })
    #expect(!texts.contains { $0.contains(secret) })
    let error = #expect(throws: SuspectError.self) { try EndpointURL("https://me:\(secret)@suspect.invalid/") }
    #expect(error?.description.contains(secret) == false)
    var dumped = ""
    dump(credential, to: &dumped)
    #expect(!dumped.contains(secret) && !"\(credential)".contains(secret))
    let open = Suspect(name: "s", kind: .v2, url: "http://suspect.invalid/v2/models/m")
    await #expect(throws: SuspectError.self) {
      try await SuspectSession.with(open, terms: Rehearsal.terms(VirtualTime(), credential: credential)) { _ in }
    }
  }
}
