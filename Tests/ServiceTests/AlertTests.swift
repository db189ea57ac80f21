import Evidence
import Foundation
import Glibc
import Jobs
import Logging
import Synchronization
import Testing
import Watermarks

@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

@Suite struct AlertTests {
  private struct Place {
    let root: TemporaryDirectory
    let service: AlertService
    let ledger: Ledger

    init(
      clock: @escaping @Sendable () -> Int = { 1000 }, steady: (@Sendable () -> Int)? = nil,
      change: (inout ServiceConfiguration.Configuration, String) -> Void
    ) throws {
      // As the program does: a command that does not read its input is no reason to end.
      signal(SIGPIPE, SIG_IGN)
      root = try TemporaryDirectory()
      var configuration = ServiceConfiguration.Configuration()
      change(&configuration, root.path)
      ledger = try Ledger(path: root.path + "/ledger.sqlite")
      var system = HostSystem()
      system.now = clock
      if let steady { system.steady = steady }
      service = AlertService(
        ledger: ledger,
        configuration: ConfigurationBox(
          configuration, file: "f", methods: MethodRegistry.standard.declarations, now: 0), system: system,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, doorbell: Doorbell())
    }

    func text(_ name: String) -> String? { try? String(contentsOfFile: root.path + "/" + name, encoding: .utf8) }
  }

  private func alert() throws -> AlertRecord {
    try AlertRecord(kind: .evidence, subject: "acme release-d-1", suspect: "acme", message: "found", now: 5000)
  }

  @Test func anAlertTellsNeitherGeneratorNorTarget() throws {
    var result = AuditResult(
      suspect: "acme", release: "release-d-1", generator: "00ff", number: 1, outcome: "trained-on", reasons: [])
    result.targetClass = "automobile"
    let alert = try AlertRecord(
      kind: .evidence, subject: "acme release-d-1", suspect: "acme", message: "found", audit: result, now: 5000)
    #expect(alert.body.contains("trained-on") && !alert.body.contains("00ff") && !alert.body.contains("automobile"))
  }

  @Test func anAlertIsHandedOverOnceSignedAndNeverAgain() async throws {
    let key = OwnerKey()
    let place = try Place { configuration, root in
      configuration.alerts.command = [
        "/bin/sh", "-c", "cat >> \(root)/out; echo \"$DANDYROLL_ALERT $DANDYROLL_SIGNATURE\" > \(root)/env",
      ]
      configuration.service.signingKey = root + "/owner.key"
      _ = FileManager.default.createFile(
        atPath: root + "/owner.key", contents: Data(key.text.utf8), attributes: [.posixPermissions: 0o600])
    }
    #expect(try await place.ledger.raise(alert()))
    #expect(try await place.ledger.raise(alert()) == false)
    for _ in 0..<3 { _ = await place.service.deliver() }
    let lines = try #require(place.text("out")).split(separator: "\n")
    #expect(lines.count == 1)
    #expect(lines[0].contains("\"id\":\"evidence acme release-d-1\""))
    let words = try #require(place.text("env")).split(whereSeparator: \.isWhitespace)
    #expect(words.dropLast().joined(separator: " ") == "evidence acme release-d-1")
    let last = try #require(words.last)
    let signature = try #require(Data(base64Encoded: String(last)))
    #expect(key.publicKey.verifies(Array(signature), of: Array(lines[0].utf8)))
  }

  @Test func anAlertThatIsNotTakenIsTriedAgainLater() async throws {
    let clock = Mutex(1000)
    let place = try Place(clock: { clock.withLock { $0 } }) { configuration, root in
      configuration.alerts.command = ["/bin/sh", "-c", "echo x >> \(root)/tries; test -e \(root)/open"]
    }
    try await place.ledger.raise(alert())
    let pause = await place.service.deliver()
    #expect(pause == .seconds(10))
    let problem = try await place.ledger.openAlerts(command: true, webhook: false).first?.problem
    #expect(problem?.contains("ended with 1") == true)
    _ = await place.service.deliver()
    #expect(place.text("tries") == "x\n")
    _ = FileManager.default.createFile(atPath: place.root.path + "/open", contents: nil)
    clock.withLock { $0 += 11_000 }
    _ = await place.service.deliver()
    #expect(place.text("tries") == "x\nx\n")
    #expect(try await place.ledger.openAlerts(command: true, webhook: false).isEmpty)
  }

  @Test func aCommandThatIsNotThereIsSaidInWords() async throws {
    let place = try Place { configuration, root in configuration.alerts.command = [root + "/page-me"] }
    try await place.ledger.raise(alert())
    _ = await place.service.deliver()
    let open = try #require(try await place.ledger.openAlerts(command: true, webhook: false).first)
    #expect(open.problem == "\(place.root.path)/page-me: No such file or directory")
    _ = FileManager.default.createFile(
      atPath: place.root.path + "/mute", contents: nil, attributes: [.posixPermissions: 0o600])
    var settings = AlertSettings()
    settings.command = [place.root.path + "/mute"]
    let delivery = AlertDelivery(settings: settings, signingKey: "")
    let error = await #expect(throws: AlertDelivery.Refused.self) { try await delivery.command("{}", id: "1") }
    #expect(error?.description == "\(place.root.path)/mute: Permission denied")
  }

  @Test func aCommandThatHangsIsKilled() async throws {
    let place = try Place { configuration, _ in
      configuration.alerts.command = ["/bin/sleep", "1000"]
      configuration.alerts.timeout = .milliseconds(200)
    }
    try await place.ledger.raise(alert())
    _ = await place.service.deliver()
    let problem = try await place.ledger.openAlerts(command: true, webhook: false).first?.problem
    #expect(problem?.contains("not done after 200ms") == true)
  }

  @Test func whatACommandHasStartedIsKilledWithIt() async throws {
    let place = try Place { configuration, root in
      configuration.alerts.command = ["/bin/sh", "-c", "sleep 1000 & echo $! > \(root)/child; wait"]
      configuration.alerts.timeout = .seconds(2)
    }
    try await place.ledger.raise(alert())
    _ = await place.service.deliver()
    let child = try #require(place.text("child")).trimmingCharacters(in: .whitespacesAndNewlines)
    // Whoever inherits it may be slow to look at its end: then it is a zombie.
    func isAlive() -> Bool {
      guard let text = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8) else { return false }
      return !text.contains(") Z ")
    }
    var looks = 0
    while isAlive(), looks < 500 {
      looks += 1
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(!isAlive())
  }

  @Test func aCommandFindsNothingOfTheDaemonsButTheAlert() async throws {
    let place = try Place { configuration, root in
      configuration.alerts.command = [
        "/bin/sh", "-c",
        "for f in /proc/self/fd/*; do [ -e $f ] && echo ${f##*/}; done > \(root)/open; env | sort > \(root)/env",
      ]
    }
    try await place.ledger.raise(alert())
    _ = await place.service.deliver()
    let numbers = try #require(place.text("open")).split(separator: "\n").compactMap { Int($0) }
    #expect(numbers.allSatisfy { $0 < 3 || $0 == 10 }, "\(numbers)")
    let variables = try #require(place.text("env")).split(separator: "\n").compactMap { $0.split(separator: "=").first }
    #expect(Set(variables.map(String.init)).isSubset(of: ["PATH", "LANG", "DANDYROLL_ALERT", "PWD", "SHLVL", "_"]))
  }

  /// It would otherwise wait for a reader; and a library's own way of handing input over may trap here.
  @Test func aCommandThatDoesNotReadHasTakenTheAlert() async throws {
    let settings = AlertSettings()
    for body in ["{}", String(repeating: "x", count: 60_000)] {
      var chosen = settings
      chosen.command = ["/bin/true"]
      try await AlertDelivery(settings: chosen, signingKey: "").command(body, id: "1")
    }
    var chosen = settings
    chosen.command = ["/bin/cat"]
    let error = await #expect(throws: AlertDelivery.Refused.self) {
      try await AlertDelivery(settings: chosen, signingKey: "").command(String(repeating: "x", count: 70_000), id: "1")
    }
    #expect(error?.description == "an alert of 70001 bytes does not fit into a pipe")
  }

  @Test func howACommandEndedIsSaid() async throws {
    let place = try Place { _, _ in }
    try "neither".write(toFile: place.root.path + "/garbage", atomically: true, encoding: .utf8)
    chmod(place.root.path + "/garbage", 0o700)
    for (command, reason) in [
      (["/bin/sh", "-c", "kill -TERM $$"], "ended with 15"), (["/bin/sh", "-c", "exit 3"], "ended with 3"),
      ([place.root.path + "/garbage"], "cannot be run"),
    ] {
      var settings = AlertSettings()
      settings.command = command
      let delivery = AlertDelivery(settings: settings, signingKey: "")
      let error = await #expect(throws: AlertDelivery.Refused.self) { try await delivery.command("{}", id: "1") }
      #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }
  }

  @Test func aSecretThatOthersMayReadIsNotUsed() async throws {
    let place = try Place { configuration, root in
      configuration.alerts.command = ["/bin/true"]
      configuration.service.signingKey = root + "/owner.key"
      _ = FileManager.default.createFile(
        atPath: root + "/owner.key", contents: Data(OwnerKey().text.utf8), attributes: [.posixPermissions: 0o644])
    }
    try await place.ledger.raise(alert())
    _ = await place.service.deliver()
    let problem = try await place.ledger.openAlerts(command: true, webhook: false).first?.problem
    #expect(problem?.contains("0600") == true)
  }

  // MARK: - Webhook

  private func signed(_ configuration: inout ServiceConfiguration.Configuration, _ root: String, by key: OwnerKey) {
    configuration.service.signingKey = root + "/owner.key"
    _ = FileManager.default.createFile(
      atPath: root + "/owner.key", contents: Data(key.text.utf8), attributes: [.posixPermissions: 0o600])
  }

  @Test func aWebhookGetsAnAlertOnceAndSigned() async throws {
    let receiver = WebhookReceiver([202])
    try await receiver.serve { address in
      let key = OwnerKey()
      let place = try Place { configuration, root in
        configuration.alerts.webhook = address
        signed(&configuration, root, by: key)
      }
      #expect(try await place.ledger.raise(alert()))
      for _ in 0..<3 { _ = await place.service.deliver() }
      let received = receiver.received
      #expect(received.count == 1)
      let first = try #require(received.first)
      #expect(first.path == "/hook" && first.type == "application/json" && first.key == "evidence acme release-d-1")
      #expect(first.body.contains("\"id\":\"evidence acme release-d-1\"") && !first.body.contains("\n"))
      let text = try #require(first.signature)
      #expect(text.hasPrefix("ed25519="))
      let signature = try #require(Data(base64Encoded: String(text.dropFirst(8))))
      #expect(key.publicKey.verifies(Array(signature), of: Array(first.body.utf8)))
      #expect(try await place.ledger.openAlerts(command: false, webhook: true).isEmpty)
    }
  }

  @Test func aWebhookThatDoesNotTakeAnAlertGetsTheSameOneAgainLater() async throws {
    let receiver = WebhookReceiver([500, 302, 429, 204])
    try await receiver.serve { address in
      let clock = Mutex(1000)
      let place = try Place(clock: { clock.withLock { $0 } }) { configuration, _ in
        configuration.alerts.webhook = address
      }
      try await place.ledger.raise(alert())
      for (tries, problem) in [(1, "500"), (2, "302"), (3, "429")] {
        _ = await place.service.deliver()
        // Not before its time.
        _ = await place.service.deliver()
        #expect(receiver.received.count == tries)
        let open = try #require(try await place.ledger.openAlerts(command: false, webhook: true).first)
        #expect(open.tries == tries && open.problem?.contains("HTTP status \(problem)") == true)
        clock.withLock { $0 = open.until }
      }
      _ = await place.service.deliver()
      clock.withLock { $0 += 86_400_000 }
      _ = await place.service.deliver()
      #expect(receiver.received.count == 4)
      // The same bytes under the same key, unsigned without a key, and a redirect is not followed.
      #expect(Set(receiver.received.map(\.body)).count == 1 && Set(receiver.received.map(\.key)).count == 1)
      #expect(receiver.received.allSatisfy { $0.path == "/hook" && $0.signature == nil })
      #expect(try await place.ledger.openAlerts(command: false, webhook: true).isEmpty)
    }
  }

  @Test func anAlertDoesNotWaitADayForAClockThatWasSetBack() async throws {
    let receiver = WebhookReceiver([500, 204])
    try await receiver.serve { address in
      let clock = Mutex(30 * 86_400_000)
      let steady = Mutex(0)
      let place = try Place(clock: { clock.withLock { $0 } }, steady: { steady.withLock { $0 } }) { configuration, _ in
        configuration.alerts.webhook = address
      }
      try await place.ledger.raise(alert())
      for _ in 0..<2 { _ = await place.service.deliver() }
      #expect(receiver.received.count == 1)
      clock.withLock { $0 -= 86_400_000 }
      #expect(await place.service.deliver() == .seconds(10))
      steady.withLock { $0 += 10_001 }
      clock.withLock { $0 += 10_001 }
      _ = await place.service.deliver()
      #expect(receiver.received.count == 2)
    }
  }

  @Test func eachWayIsToldUntilItHasTakenTheAlertAndNoLonger() async throws {
    let receiver = WebhookReceiver([503, 200])
    try await receiver.serve { address in
      let clock = Mutex(1000)
      let place = try Place(clock: { clock.withLock { $0 } }) { configuration, root in
        configuration.alerts.webhook = address
        configuration.alerts.command = ["/bin/sh", "-c", "echo x >> \(root)/told"]
      }
      try await place.ledger.raise(alert())
      for _ in 0..<3 {
        _ = await place.service.deliver()
        clock.withLock { $0 += 60_000 }
      }
      #expect(place.text("told") == "x\n")
      #expect(receiver.received.count == 2)
      #expect(try await place.ledger.openAlerts(command: true, webhook: true).isEmpty)
    }
  }

  @Test func nobodyAtTheWebhooksAddressIsAProblemThatIsTriedAgain() async throws {
    let receiver = WebhookReceiver([200])
    let gone = Mutex("")
    try await receiver.serve { address in gone.withLock { $0 = address } }
    let place = try Place { configuration, _ in configuration.alerts.webhook = gone.withLock { $0 } }
    try await place.ledger.raise(alert())
    #expect(await place.service.deliver() == .seconds(10))
    let open = try #require(try await place.ledger.openAlerts(command: false, webhook: true).first)
    #expect(open.problem?.contains(gone.withLock { $0 }) == true && open.posted == nil)
  }
}
