import Foundation
import Foundations
import Glibc
import Jobs
import Logging
import Suspects
import Synchronization
import Testing
import Watermarks

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

/// The status page over a real connection.
@Suite struct PageServerTests {
  /// An answer, its body not looked into.
  private struct Answer {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: String
  }

  private struct Reader: Sendable {
    let port: Int

    /// Sends a request and reads until the server closes. It blocks, so it has to wait outside the threads that the
    /// server needs.
    func ask(_ path: String, method: String = "GET", host: String? = "localhost") async throws -> Answer {
      try await Blocking.run { try exchange(path, method: method, host: host) }
    }

    private func exchange(_ path: String, method: String, host: String?) throws -> Answer {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(descriptor) }
      var limit = timeval(tv_sec: 60, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(port).bigEndian
      address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      try #require(result == 0)
      let name = host.map { "Host: \($0)\r\n" } ?? ""
      let request = Array("\(method) \(path) HTTP/1.1\r\n\(name)Connection: close\r\n\r\n".utf8)
      try #require(send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count)
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { bytes += buffer[..<count] }
      let text = String(decoding: bytes, as: UTF8.self)
      let end = try #require(text.range(of: "\r\n\r\n"))
      let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
      let status = try #require(lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) })
      let headers = lines.dropFirst().map { line in
        let parts = line.split(separator: ":", maxSplits: 1)
        return (parts[0].lowercased(), parts.last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "")
      }
      return Answer(
        status: status, headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }),
        body: String(text[end.upperBound...]))
    }
  }

  private func serve(
    _ harness: Harness, hosts: [String] = [], _ body: @Sendable @escaping (Harness.Life, Reader) async throws -> Void
  ) async throws {
    let life = try harness.life()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let control = ControlServer(
      path: harness.service.socket, pipeline: life.pipeline, inbox: life.inbox, configuration: life.box,
      ledger: life.ledger, system: harness.system, started: harness.system.now(), logger: logger, onRunning: {})
    let port = Mutex<Int?>(nil)
    var settings = PageSettings()
    settings.hosts = hosts
    let server = PageServer(
      address: .network(host: "127.0.0.1", port: 0), settings: settings,
      pages: StatusPages(
        ledger: life.ledger, pipeline: life.pipeline, configuration: life.box, heartbeats: life.heartbeats,
        system: harness.system,
        status: { try await control.status() }),
      logger: logger, onRunning: { number in port.withLock { $0 = number } })
    try await Harness.serve([server, life.pipeline, life.inbox]) {
      #expect(try await eventually { port.withLock { $0 } != nil && life.isReady.isRaised })
      try await body(life, Reader(port: try #require(port.withLock { $0 })))
    }
  }

  @Test func anEmptyDaemonIsInOrder() async throws {
    let harness = try Harness()
    try await serve(harness) { _, reader in
      let page = try await reader.ask("/")
      #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
      #expect(page.body.contains("In order") && page.body.contains("No release yet."))
      for path in ["/jobs", "/releases"] { #expect(try await reader.ask(path).status == 200) }
      #expect(try await reader.ask("/healthz").body == "ok\n")
      let metrics = try await reader.ask("/metrics")
      #expect(metrics.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
      #expect(metrics.body.contains("dandyroll_jobs{state=\"running\"} 0\n"))
      #expect(metrics.body.contains("dandyroll_info{version=\"\(ProgramVersion.current)\"} 1\n"))
    }
  }

  @Test func aReleaseIsShownWithItsReportAndNoneOfItsSecrets() async throws {
    let harness = try Harness()
    try await serve(harness) { life, reader in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      let sheet = SampleSheet(
        factor: 16, samples: [.init(index: 3, original: Data([1, 2, 3]), marked: Data([4, 5, 6]), difference: nil)])
      let vault = "vault/release-a-1"
      try harness.root.write(CanonicalJSON.line(sheet), to: "\(vault)/sheet.json")
      let bare = try await reader.ask("/releases/release-a-1")
      // Which samples are marked, and how, stays in the vault.
      #expect(!bare.body.contains("AQID") && !bare.body.contains("sample 3"))
      #expect(!bare.body.contains("/qualification"))
      try harness.root.write("<p>automobile</p>", to: "\(vault)/qualification.html")
      #expect(try await reader.ask("/releases/release-a-1/qualification").status == 404)
      try harness.root.write("<p>report</p>", to: "\(vault)/qualification.public.html")
      #expect(
        try await reader.ask("/releases/release-a-1").body.contains("href=\"/releases/release-a-1/qualification\""))
      #expect(try await reader.ask("/releases/release-a-1/qualification").body == "<p>report</p>")
      let page = try await reader.ask("/")
      #expect(page.body.contains("href=\"/releases/release-a-1\"") && page.body.contains("href=\"/jobs/1\""))
      #expect(try await reader.ask("/jobs/1").body.contains("Release release-a-1"))
    }
  }

  @Test func aSuspectIsShownWithItsAudits() async throws {
    let executor = FakeExecutor { run in
      guard let spec = run.spec.work as? AuditSpec else { return await FakeExecutor.succeed(run) }
      var result = AuditResult(
        suspect: spec.name, release: "release-d-1", generator: "00ff", number: spec.number, outcome: "trained-on",
        reasons: [.init(code: "decoy-rank-at-level", value: 0.001, limit: 0.006)])
      (result.series, result.asked, result.answered) = (1, 200, 199)
      (result.pDecoy, result.level) = (0.001, 0.006)
      (result.deltaP, result.looks, result.targetClass) = (0.71, 1, "automobile")
      result.scores = ScoreDistributions(clean: [0.1], marked: [0.8], carriers: [0.7], decoys: [0.01, 0.02])
      return FakeExecutor.finished(result)
    }
    let harness = try Harness(executor: executor) { configuration in
      configuration.datasets = [DatasetRule(name: "d", match: "*", settings: configuration.defaults)]
      configuration.suspects = [.acme(dataset: "d")]
    }
    try await serve(harness) { life, reader in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      let job = try await life.pipeline.audits.file("acme")
      #expect(try await life.reaches(.done, job))
      let overview = try await reader.ask("/")
      #expect(overview.body.contains("acme was trained on a release"))
      #expect(overview.body.contains("href=\"/suspects/acme\""))
      #expect(try await reader.ask("/suspects").body.contains("href=\"/suspects/acme\""))
      let suspect = try await reader.ask("/suspects/acme")
      #expect(suspect.body.contains("Trained on release-d-1") && suspect.body.contains("199 of 200"))
      #expect(suspect.body.contains("href=\"/audits/\(job)\"") && suspect.body.contains("accused from here on"))
      let audit = try await reader.ask("/audits/\(job)")
      #expect(audit.body.contains("P(target)") && audit.body.contains("the key 0.700"))
      #expect(audit.body.contains("stands out from its decoys: p = 0.001, at most 0.006 convicts"))
      let metrics = try await reader.ask("/metrics")
      #expect(metrics.body.contains("dandyroll_suspects{outcome=\"trained-on\"} 1"))
      for path in ["/suspects/nobody", "/audits/1", "/audits/99"] {
        let status = try await reader.ask(path).status
        #expect(status == 404, "\(path)")
      }
    }
  }

  @Test(arguments: [
    (0.2, 40, "about 40 images in all, 20 so far, would bring the expected p to 0.0015"),
    (0.2, nil, "more images would hardly bring p to 0.0015"), (0.001, 40, "20 images were enough"),
  ])
  func anAuditOfAnAssignmentNamesNoClass(p: Double, needed: Int?, outlook: String) async throws {
    let executor = FakeExecutor { run in
      guard let spec = run.spec.work as? AuditSpec else { return await FakeExecutor.succeed(run) }
      var result = AuditResult(
        suspect: spec.name, release: "release-d-1", generator: "00ff", number: spec.number, outcome: "not-shown",
        reasons: [])
      (result.series, result.looks, result.keys) = (1, 1, 5040)
      (result.pDecoy, result.level, result.targetClass) = (p, 0.006, "a class for each carrier: automobile, cat")
      result.classes = .init(asked: 9, missing: ["ship"], merged: [])
      result.assignment = AuditedAssignment(
        classes: ["automobile", "cat"], gains: [[0.5, -0.25], [0, nil]], counts: [1, 0, 1], range: -1...1, score: 0.5,
        standardised: 1.25, images: 20, nextLevel: 0.0015, imagesNeeded: needed)
      return FakeExecutor.finished(result)
    }
    let harness = try Harness(executor: executor) { configuration in
      configuration.datasets = [DatasetRule(name: "d", match: "*", settings: configuration.defaults)]
      configuration.suspects = [.acme(dataset: "d")]
    }
    try await serve(harness) { life, reader in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      let job = try await life.pipeline.audits.file("acme")
      #expect(try await life.reaches(.done, job))
      let page = try await reader.ask("/audits/\(job)").body
      #expect(page.contains("class 1, carrier 2: \u{2212}0.250") && page.contains("the release’s own 0.500"))
      #expect(page.contains(outlook) && page.contains("1.2 standard deviations above the mean of all"))
      #expect(!page.contains("automobile") && page.contains("the suspect lacks ship; asked about 9 of 10 classes"))
      // Nor does what the control socket answers.
      let report = try CanonicalJSON.line(try await life.pipeline.audits.report(of: "acme", limit: 1))
      #expect(report.contains("\"gains\"") && !report.contains("automobile"))
    }
  }

  @Test func aFailureIsShownWithItsReason() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in FakeExecutor.failed(.refused) })
    try await serve(harness) { life, reader in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 1))
      let page = try await reader.ask("/")
      #expect(page.body.contains("problem") && page.body.contains("a.tar: data_batch_1.bin: ends at 512"))
      #expect(try await reader.ask("/jobs/1").body.contains("Failures"))
      let failures = try await reader.ask("/metrics").body
      #expect(failures.contains("dandyroll_failures_total ") && failures.contains("dandyroll_jobs{state=\"failed\"} 1"))
      #expect(!failures.contains("dandyroll_releases{"))
    }
  }

  @Test func aBrokenConfigurationIsShown() async throws {
    let harness = try Harness()
    try await serve(harness) { life, reader in
      try harness.root.write("[jobs]\nconcurrnt = 2\n", to: "dandyroll.toml")
      _ = life.box.reload(now: 0)
      let page = try await reader.ask("/")
      #expect(page.body.contains("Configuration, not in force") && page.body.contains("concurrnt"))
      #expect(try await reader.ask("/metrics").body.contains("dandyroll_configuration_problems 1"))
    }
  }

  @Test func onlyReadingIsAnswered() async throws {
    let harness = try Harness()
    try await serve(harness) { _, reader in
      for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let answer = try await reader.ask("/", method: method)
        #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD", "\(method)")
      }
      let head = try await reader.ask("/", method: "HEAD")
      #expect(head.status == 200 && head.body.isEmpty && head.headers["content-length"] != "0")
    }
  }

  @Test func aNameThatWasPointedHereIsRefused() async throws {
    let harness = try Harness()
    try await serve(harness, hosts: ["Audit.Example"]) { _, reader in
      for host in ["evil.example", "evil.example:8470", "localhost.evil.example", "127.0.0.1.evil.example", "::1"] {
        let status = try await reader.ask("/", host: host).status
        #expect(status == 421, "\(host)")
      }
      let nameless = try await reader.ask("/", host: nil)
      #expect(nameless.status == 400 || nameless.status == 421)
      for host in ["localhost", "127.0.0.1:8470", "[::1]:8470", "LOCALHOST:1", "audit.example", "audit.example:80"] {
        let status = try await reader.ask("/", host: host).status
        #expect(status == 200, "\(host)")
      }
    }
  }

  @Test func everyAnswerForbidsWhatAPageDoesNotNeed() async throws {
    let harness = try Harness()
    try await serve(harness) { _, reader in
      for path in ["/", "/nowhere", "/metrics", "/jobs/9"] {
        let headers = try await reader.ask(path).headers
        #expect(headers["content-security-policy"]?.hasPrefix("default-src 'none'; style-src 'unsafe-inline'") == true)
        #expect(headers["content-security-policy"]?.contains("frame-ancestors 'none'") == true)
        #expect(headers["x-content-type-options"] == "nosniff" && headers["cache-control"] == "no-store")
        #expect(headers["referrer-policy"] == "no-referrer" && headers["cross-origin-resource-policy"] == "same-origin")
      }
    }
  }

  @Test(arguments: [
    "/nowhere", "/jobs/9", "/jobs/abc", "/jobs/..%2F..%2Fetc", "/releases/release-a-1", "/releases/..%2Fledger.sqlite",
    "/releases/..%2F..%2Fetc-1/qualification", "/releases/%00-1", "/jobs/%3Cscript%3E",
  ])
  func whatIsNotThereIsSaidWithoutAnEcho(path: String) async throws {
    let harness = try Harness()
    try await serve(harness) { _, reader in
      let answer = try await reader.ask(path)
      #expect(answer.status == 404 && !answer.body.contains("<script"))
    }
  }

  @Test func aSocketIsForTheGroupAlone() async throws {
    let harness = try Harness()
    let life = try harness.life()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let path = harness.root.path + "/page.sock"
    let server = PageServer(
      address: .socket(path), settings: PageSettings(),
      pages: StatusPages(
        ledger: life.ledger, pipeline: life.pipeline, configuration: life.box, heartbeats: life.heartbeats,
        system: harness.system,
        status: { throw CancellationError() }), logger: logger)
    try await Harness.serve([server]) { () async throws in
      #expect(
        try await eventually {
          (try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int) == 0o660
        })
    }
    #expect(!exists(path))
  }
}

@Suite struct PageSettingsTests {
  private func read(_ text: String) throws -> PageSettings {
    try Configuration(text: "[service]\nstate = \"/s\"\n[page]\n\(text)\n", directory: "/").page
  }

  @Test func thereIsNoPageUnlessAskedFor() throws {
    #expect(try read("").address == nil)
  }

  @Test func anAddressOrAPath() throws {
    #expect(try read("listen = \"127.0.0.1:8470\"").address == .network(host: "127.0.0.1", port: 8470))
    #expect(try read("listen = \"[::1]:8470\"").address == .network(host: "::1", port: 8470))
    #expect(try read("listen = \"localhost:8470\"").address == .network(host: "localhost", port: 8470))
    #expect(try read("listen = \"/run/dandyroll/page.sock\"").address == .socket("/run/dandyroll/page.sock"))
    #expect(try read("listen = \"./page.sock\"").address == .socket("/s/page.sock"))
    let all = try read("listen = \"0.0.0.0:80\"\nallow-network = true\nhosts = [\"a.example\"]\nrefresh = \"1m\"")
    #expect(all.hosts == ["a.example"] && all.refresh == .seconds(60) && all.allowNetwork)
  }

  @Test(arguments: [
    "listen = \"0.0.0.0:8470\"", "listen = \"192.168.1.2:8470\"", "listen = \"[::]:8470\"", "listen = \"8470\"",
    "listen = \"example.org:8470\"", "listen = \"::1:8470\"", "listen = \"127.0.0.1:0\"",
    "listen = \"127.0.0.1:99999\"",
    "listen = \"outbox/page.sock\"", "listen = \"/s/ledger.sqlite\"", "hosts = [\"a b\"]", "hosts = \"a\"",
    "hosts = [\"\"]", "refresh = \"0s\"", "listn = \"\"",
  ])
  func whatWouldOpenTooMuchOrNothingIsRefused(text: String) {
    #expect(throws: (any Error).self) { try read(text) }
  }

  @Test func itReadsBackTheSame() throws {
    let methods = MethodRegistry.standard.declarations
    var configuration = try Configuration(text: "", directory: "/", methods: methods)
    configuration.page.listen = "[::1]:8470"
    configuration.page.hosts = ["a.example", "b.example"]
    #expect(
      try Configuration(text: configuration.text(with: methods), directory: "/", methods: methods) == configuration)
  }

  @Test func aNewAddressNeedsARestart() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("[page]\nlisten = \"127.0.0.1:8470\"\nrefresh = \"1m\"\n", to: "d.toml")
    let box = ConfigurationBox(Configuration(), file: file, methods: MethodRegistry.standard.declarations, now: 0)
    let state = box.reload(now: 1)
    #expect(state.needsRestart.contains("page.listen") && state.configuration.page.listen == "")
    #expect(state.configuration.page.refresh == .seconds(60))
  }
}

@Suite struct MetricsTextTests {
  @Test func labelsAreEscaped() {
    var text = MetricsText()
    text.add("a", .gauge, help: "A.", [([("b", "x\"y\\z\n")], 0.5)])
    text.add("empty", .gauge, help: "Nothing.", [])
    #expect(text.text == "# HELP a A.\n# TYPE a gauge\na{b=\"x\\\"y\\\\z\\n\"} 0.5\n")
  }
}
