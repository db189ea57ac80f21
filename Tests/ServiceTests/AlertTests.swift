import Evidence
import Foundation
import Glibc
import Logging
import Synchronization
import Testing

@testable import Service

@Suite struct AlertTests {
  private struct Place {
    let root: TemporaryDirectory
    let service: AlertService
    let ledger: Ledger

    init(clock: @escaping @Sendable () -> Int = { 1000 }, change: (inout Service.Configuration, String) -> Void) throws
    {
      // As the program does: a command that does not read its input is no reason to end.
      signal(SIGPIPE, SIG_IGN)
      root = try TemporaryDirectory()
      var configuration = Service.Configuration()
      change(&configuration, root.path)
      ledger = try Ledger(path: root.path + "/ledger.sqlite")
      var world = World()
      world.now = clock
      service = AlertService(
        ledger: ledger, configuration: ConfigurationBox(configuration, file: "f", now: 0), world: world,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, doorbell: Doorbell())
    }

    func text(_ name: String) -> String? { try? String(contentsOfFile: root.path + "/" + name, encoding: .utf8) }
  }

  private func alert() throws -> AlertRecord {
    try AlertRecord(kind: "evidence", subject: "acme release-d-1", suspect: "acme", message: "found", now: 5000)
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
}
