import Evidence
import Foundation
import Foundations
import Jobs
import Testing

@testable import Audits
@testable import EvidencePackages
@testable import Fixtures
@testable import Releases
@testable import Work

/// A day's budget counts what was sent, whoever sent it and whatever became of it.
@Suite struct RequestTallyTests {
  private static let day = 20_000
  private static let noon = day * 86_400_000 + 43_200_000

  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func tally(_ perDay: Int, names: [String] = ["acme"]) -> RequestTally {
    RequestTally(vault: directory.path, names: names, perDay: perDay)
  }

  @Test func aProcessThatWasKilledHasSpentWhatItSent() throws {
    // Each is a process that ends without a word after its request.
    for _ in 0..<3 { #expect(try tally(3).take(at: Self.noon)) }
    #expect(try !tally(3).take(at: Self.noon))
    #expect(try tally(4).take(at: Self.noon))
    #expect(try tally(4).sent(on: Self.day) == 4)
  }

  @Test func everyDayHasItsOwn() throws {
    let tally = tally(1)
    let midnight = (Self.day + 1) * 86_400_000
    #expect(try [Self.noon, midnight - 1, midnight, midnight + 1].map(tally.take) == [true, false, true, false])
    // A clock that is set back finds the day as it left it.
    #expect(try !tally.take(at: Self.noon))
  }

  @Test func everySuspectHasItsOwnUnderAllItsNames() throws {
    #expect(try tally(1).take(at: Self.noon))
    #expect(try tally(1, names: ["other"]).take(at: Self.noon))
    #expect(try !tally(1, names: ["renamed", "acme"]).take(at: Self.noon))
    #expect(try tally(2, names: ["renamed", "acme"]).take(at: Self.noon))
    #expect(try !tally(2, names: ["renamed", "acme"]).take(at: Self.noon))
  }

  @Test func whatStandsInOldTranscriptsCounts() throws {
    let record = Vault(root: directory.path, release: "release-drawn-1")
    let audits = AuditDirectory(record, suspect: "acme")
    let plan = AuditPlan(
      suspect: "acme", release: record.name, series: 1, created: 0, model: "m", claim: .targeted(at: 0),
      classes: ["a", "b"],
      amplitude: 1, keySize: 1, decoys: 1, images: 1, looks: 1, looksBefore: 0, policy: VerdictPolicy(), margin: 0,
      source: .init(name: "x", sha256: HexDigest(bytes: [UInt8](repeating: 0, count: 32)), isReleased: true, pool: 1),
      samples: [0], labels: [0], reused: 0)
    try audits.write(plan)
    let journal = try AuditJournal(path: audits.transcript(1))
    func note(_ event: AuditLine.Event, at time: Int, attempts: Int? = nil) throws {
      var line = AuditLine(event, audit: 1, time: time)
      line.attempts = attempts
      try journal.append(line)
    }
    // Yesterday's, one answered at the third attempt, one without any, and one that was under way at a kill.
    try note(.ask, at: Self.noon - 86_400_000)
    try note(.answer, at: Self.noon - 86_400_000, attempts: 9)
    for attempts in [3, 1] {
      try note(.ask, at: Self.noon)
      try note(.answer, at: Self.noon, attempts: attempts)
    }
    try note(.ask, at: Self.noon)
    #expect(try tally(9).sent(on: Self.day) == 5)
    #expect(try !tally(5).take(at: Self.noon))
    #expect(try tally(6).take(at: Self.noon))
    #expect(try !tally(6).take(at: Self.noon))
    #expect(try tally(9).sent(on: Self.day) == 6)
  }

  @Test func tasksThatComeTogetherShareTheBudget() async throws {
    let tally = tally(20)
    let admitted = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<64 { group.addTask { try await tally.admission(Self.noon) } }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(admitted == 20)
  }

  @Test func aTallyThatCannotBeWrittenSendsNothing() throws {
    try Data().write(to: URL(fileURLWithPath: directory.file("requests")))
    #expect(throws: WorkError.self) { try tally(5).take(at: Self.noon) }
  }
}
