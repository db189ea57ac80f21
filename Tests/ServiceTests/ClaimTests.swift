import Foundation
import Foundations
import GRDB
import Jobs
import Suspects
import Testing

@testable import Ledger
@testable import Service
@testable import ServiceConfiguration

/// α is spent in the ledger, once, whatever the configuration says later.
@Suite struct ClaimTests {
  private let root: TemporaryDirectory
  private let executor = FakeExecutor { run in
    guard let spec = run.spec.work as? AuditSpec else { return await FakeExecutor.succeed(run) }
    return AuditPipelineTests.audited(spec, "not-shown")
  }

  init() throws { root = try TemporaryDirectory() }

  private static func suspect(_ name: String, at url: String? = nil, release: Int = 0) -> SuspectSettings {
    var suspect = SuspectSettings.acme(dataset: "d")
    suspect.endpoint.name = name
    suspect.endpoint.url = url ?? "https://\(name).example/v2/models/m"
    suspect.release = release
    return suspect
  }

  /// A life of the daemon with these suspects.
  private func serve<Value: Sendable>(
    _ suspects: [SuspectSettings], alpha: Double = 0.01, claims: Int = 0,
    _ body: @Sendable @escaping (Harness.Life) async throws -> Value
  ) async throws -> Value {
    let harness = try Harness(root: root, executor: executor) { configuration in
      configuration.datasets = [DatasetRule(name: "d", match: "*", settings: configuration.defaults)]
      configuration.suspects = suspects
      configuration.audits.alpha = alpha
      configuration.audits.claims = claims
    }
    return try await harness.serve { life in
      if try await life.ledger.reports(limit: 1).isEmpty {
        try harness.drop("a.tar")
        #expect(try await life.reaches(.done, 1))
      }
      return try await body(life)
    }
  }

  /// Audits a suspect, and returns what its process was told that it may spend.
  private func audit(_ name: String, _ life: Harness.Life) async throws -> AuditSpec {
    let job = try await life.pipeline.audits.file(name)
    #expect(try await life.reaches(.done, job))
    let spec = try #require(executor.specs.last { $0.id == "\(job)" })
    guard let audit = spec.work as? AuditSpec else { throw CancellationError() }
    return audit
  }

  /// As above, in a life of its own.
  private func level(
    of name: String, among suspects: [SuspectSettings], alpha: Double = 0.01, claims: Int = 0
  ) async throws -> Double {
    try await serve(suspects, alpha: alpha, claims: claims) { try await audit(name, $0).judgement.alpha }
  }

  @Test func suspectsAddedOneByOneNeverGetMoreThanAlphaTogether() async throws {
    let suspects = (1...8).map { Self.suspect("s\($0)") }
    var granted: [Double] = []
    for count in 1...8 {
      granted.append(try await level(of: "s\(count)", among: Array(suspects.prefix(count))))
    }
    for (index, level) in granted.enumerated() {
      #expect(abs(level * Double((index + 1) * (index + 2)) - 0.01) < 1e-12)
    }
    #expect(granted.reduce(0, +) < 0.01)
    // After restarts each still has what it had.
    for (index, suspect) in suspects.enumerated().reversed() {
      #expect(try await level(of: suspect.name, among: suspects) == granted[index])
    }
  }

  @Test func aSuspectThatIsRemovedGivesNothingBackAndFindsItsShareAgain() async throws {
    let (first, second, third) = (Self.suspect("a"), Self.suspect("b"), Self.suspect("c"))
    #expect(try await level(of: "a", among: [first]) == 0.005)
    let share = try await level(of: "b", among: [second])
    #expect(abs(share - 0.01 / 6) < 1e-12)
    let last = try await level(of: "c", among: [third])
    #expect(abs(last - 0.01 / 12) < 1e-12)
    #expect(try await level(of: "a", among: [first, third]) == 0.005)
    #expect(try await level(of: "b", among: [second]) == share)
  }

  @Test func anotherNameForTheSameEndpointIsTheSameSuspect() async throws {
    let here = "https://acme.example/v2/models/m"
    #expect(try await level(of: "acme", among: [Self.suspect("acme", at: here)]) == 0.005)
    let renamed = try await serve([Self.suspect("acme-2", at: "https://ACME.example:443/v2/models/m/")]) {
      try await audit("acme-2", $0)
    }
    #expect(renamed.judgement.alpha == 0.005 && renamed.formerNames == ["acme"])
    // The same name for another endpoint has spent its share, too.
    let moved = try await serve([Self.suspect("acme-2", at: "https://b.example/m")]) { try await audit("acme-2", $0) }
    #expect(moved.judgement.alpha == 0.005 && moved.formerNames == ["acme"])
    // Two at one endpoint at a time are two.
    let both = [Self.suspect("acme-2", at: here), Self.suspect("acme-3", at: here)]
    let second = try await level(of: "acme-3", among: both)
    #expect(abs(second - 0.01 / 6) < 1e-12)
  }

  @Test func anotherReleaseIsAnotherClaim() async throws {
    let first = try await serve([Self.suspect("a", release: 1)]) { life in
      let level = try await audit("a", life).judgement.alpha
      // 4 trains anew, 5 is the second release of the same archive.
      #expect(try await eventually { try await life.ledger.unsettledInputs().isEmpty })
      _ = try await life.pipeline.requests.retrain("d")
      #expect(try await life.reaches(.done, 5))
      return level
    }
    let second = try await level(of: "a", among: [Self.suspect("a", release: 2)])
    #expect(first == 0.005 && abs(second - 0.01 / 6) < 1e-12)
  }

  @Test func anotherAlphaOfTodayOnlyLowers() async throws {
    let suspects = [Self.suspect("a"), Self.suspect("b")]
    #expect(try await level(of: "a", among: suspects) == 0.005)
    let lowered = try await level(of: "a", among: suspects, alpha: 0.002)
    let first = try await level(of: "b", among: suspects, alpha: 0.002)
    #expect(abs(lowered - 0.001) < 1e-12 && abs(first - 0.002 / 6) < 1e-12)
    #expect(try await level(of: "a", among: suspects, alpha: 0.4) == 0.005)
    let raised = try await level(of: "b", among: suspects, alpha: 0.4)
    #expect(abs(raised - 0.01 / 6) < 1e-12)
  }

  @Test func whoComesAfterTheLastClaimIsRefusedAndTold() async throws {
    let suspects = ["a", "b", "c"].map { Self.suspect($0) }
    try await serve(suspects, claims: 2) { (life: Harness.Life) async throws in
      #expect(try await audit("a", life).judgement.alpha == 0.005)
      #expect(try await audit("b", life).judgement.alpha == 0.005)
      await #expect(throws: ServiceError.noAlpha(suspect: "c")) { try await life.pipeline.audits.file("c") }
      #expect(
        try await life.pipeline.audits.obstacles() == [
          "c": "earlier claims have taken all of α, and none of it comes back"
        ])
    }
    // Nor does it help to say so later.
    await #expect(throws: ServiceError.noAlpha(suspect: "c")) {
      try await level(of: "c", among: suspects, alpha: 0.02, claims: 3)
    }
    #expect(try await level(of: "b", among: suspects) == 0.005)
  }

  /// Makes the ledger one from before there were claims.
  /// - Parameter promises: what the audits of each suspect were told, by name.
  private func age(_ promises: [String: Double]) throws {
    let queue = try DatabaseQueue(path: root.path + "/ledger.sqlite")
    try queue.write { db in
      for (name, alpha) in promises {
        let rows = try Row.fetchAll(
          db,
          sql: """
            SELECT job.id, job.spec FROM job JOIN audit ON audit.job = job.id JOIN suspect ON audit.suspect = suspect.id
            WHERE suspect.name = ?
            """, arguments: [name])
        for row in rows {
          var spec = try CanonicalJSON.decode(JobSpec.self, from: (row["spec"] as String).utf8)
          guard var audit = spec.work as? AuditSpec else { throw CancellationError() }
          audit.judgement.alpha = alpha
          spec.work = audit
          try db.execute(
            sql: "UPDATE job SET spec = ? WHERE id = ?", arguments: [try CanonicalJSON.line(spec), row["id"] as Int64])
        }
      }
      try db.execute(
        sql: """
          DROP TABLE claim; DROP TABLE spending; DELETE FROM grdb_migrations WHERE identifier = 'claims';
          ALTER TABLE suspect DROP COLUMN endpoint; ALTER TABLE suspect DROP COLUMN party
          """)
    }
  }

  @Test func anOldLedgerKeepsWhatItPromisedWhereAlphaAllowsIt() async throws {
    let suspects = ["a", "b", "c"].map { Self.suspect($0) }
    try await serve(suspects) { life in for name in ["a", "b"] { _ = try await audit(name, life) } }
    // Two from the start had a half each.
    try age(["a": 0.005, "b": 0.005])
    #expect(try await level(of: "a", among: suspects) == 0.005)
    #expect(try await level(of: "b", among: suspects) == 0.005)
    await #expect(throws: ServiceError.noAlpha(suspect: "c")) { try await level(of: "c", among: suspects) }
  }

  @Test func anOldLedgerThatPromisedTooMuchKeepsTheFirstPromises() async throws {
    let suspects = ["a", "b", "c"].map { Self.suspect($0) }
    try await serve(suspects) { life in for suspect in suspects { _ = try await audit(suspect.name, life) } }
    // Added one by one, each was told its part of all at the time: .01/2, .01/2, .01/3 where the first had company.
    try age(["a": 0.005, "b": 0.01, "c": 0.004])
    #expect(try await level(of: "a", among: suspects) == 0.005)
    #expect(try await level(of: "c", among: suspects) == 0.004)
    // The one whose promise does not fit gets its part of the rest, as a new one does.
    let rest = try await level(of: "b", among: suspects)
    #expect(abs(rest - 0.001 / 4) < 1e-12)
    // Under a new name it finds what it had: the endpoint was taken from its audits.
    #expect(try await level(of: "z", among: [Self.suspect("z", at: suspects[0].endpoint.url)]) == 0.005)
  }
}
