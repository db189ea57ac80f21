import Foundation
import Foundations
import Glibc
import Jobs
import Synchronization
import Testing

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration

/// Every call at the daemon's file system boundary fails in turn while an archive is taken and released. After each fault the
/// daemon is started again: every dropped byte is still there, and the outcome is that of an undisturbed run.
///
/// `make test` plays a fixed choice of faults, `make test-faults` as many as `DANDYROLL_FAULTS` says.
@Suite struct DropFaultTests {
  private static let faults = ProcessInfo.processInfo.environment["DANDYROLL_FAULTS"].flatMap(Int.init) ?? 60

  @Test func noFaultLosesADropOrChangesItsOutcome() async throws {
    var all: [Fault] = []
    var expected: [DropCase: [String]] = [:]
    for drop in DropCase.allCases {
      let (outcome, calls) = try await undisturbed(drop)
      expected[drop] = outcome
      all += (1...calls).flatMap { call in Fault.Kind.allCases.map { Fault(drop: drop, call: call, kind: $0) } }
    }
    // The same choice in every run.
    var chance = SplitMix(state: 7)
    let played = Plays(faults: Array(all.shuffled(using: &chance).prefix(Self.faults)), expected: expected)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          while let (fault, outcome) = played.next() {
            if try await Self().play(fault, expected: outcome) { played.count() }
          }
        }
      }
      try await group.waitForAll()
    }
    // Calls come in another order now and then, so that a run may end before its last one.
    #expect(played.met > min(Self.faults, all.count) * 8 / 10, "\(played.met) faults happened")
  }

  /// What is still to be played, and how much of it happened.
  private final class Plays: Sendable {
    private let rest: Mutex<[Fault]>
    private let expected: [DropCase: [String]]
    private let happened = Mutex(0)

    init(faults: [Fault], expected: [DropCase: [String]]) {
      rest = Mutex(faults)
      self.expected = expected
    }

    var met: Int { happened.withLock { $0 } }

    func next() -> (Fault, [String])? {
      rest.withLock { $0.popLast() }.map { ($0, expected[$0.drop] ?? []) }
    }

    func count() {
      happened.withLock { $0 += 1 }
    }
  }

  private func harness(_ drop: DropCase, elsewhere: TemporaryDirectory?) throws -> Harness {
    try Harness(
      executor: FakeExecutor { run in
        drop == .refused ? FakeExecutor.failed(.refused) : await FakeExecutor.succeed(run)
      }
    ) {
      $0.defaults.seed = 5
      $0.inbox.rescan = .milliseconds(200)
      if let elsewhere { $0.service.originals = elsewhere.path + "/originals" }
    }
  }

  private func files(_ drop: DropCase) -> [String] {
    switch drop {
    case .twice: ["a.tar", "a-again.tar"]
    case .directory: ["a/one/a.tar"]
    case .released, .refused, .acrossFilesystems, .list: ["a.tar"]
    }
  }

  private func put(_ drop: DropCase, into harness: Harness) throws {
    for name in files(drop) { try harness.root.write(archive(), to: "inbox/\(name)") }
    switch drop {
    case .directory:
      try harness.root.write("about", to: "inbox/a/README.txt")
      try harness.root.write("", to: "inbox/a.ready")
    case .list:
      try harness.root.write(archive("another"), to: "inbox/b.tar")
      try harness.root.write("a.tar\nb.tar\n", to: "inbox/a.ready")
    case .released, .twice, .refused, .acrossFilesystems: break
    }
  }

  private func elsewhere(_ drop: DropCase) throws -> TemporaryDirectory? {
    [.acrossFilesystems, .directory].contains(drop) ? try TemporaryDirectory(in: "/dev/shm") : nil
  }

  /// What an undisturbed run leaves, and how many calls it takes.
  private func undisturbed(_ drop: DropCase) async throws -> ([String], Int) {
    let elsewhere = try elsewhere(drop)
    let harness = try harness(drop, elsewhere: elsewhere)
    try put(drop, into: harness)
    let plan = FaultPlan(nil)
    let outcome = try await SystemCall.$obstacle.withValue(plan) {
      try await harness.serve { life in
        #expect(try await eventually { try await self.isOver(drop, life) && contents(of: harness.inbox).isEmpty })
        #expect(try await eventually { works(in: harness.service.work).isEmpty })
        return try await self.outcome(harness, life)
      }
    }
    return (outcome, plan.calls)
  }

  private func isOver(_ drop: DropCase, _ life: Harness.Life) async throws -> Bool {
    let counts = try await life.ledger.counts()
    let active = [JobState.Word.queued, .waiting, .running].reduce(0) { $0 + counts[$1, default: 0] }
    let receipts = try Receipts(directory: life.box.current.service.receipts).list(now: 0).count
    return active == 0 && counts[drop == .refused ? .failed : .done, default: 0] > 0
      && receipts == (drop == .twice ? 1 : 0)
  }

  /// What people and jobs find afterwards: numbers of jobs aside, which may be others.
  private func outcome(_ harness: Harness, _ life: Harness.Life) async throws -> [String] {
    let service = harness.service
    var lines = try await life.ledger.reports(limit: 100).map { "\($0.kind.rawValue) \($0.state)" }
    for (name, directory) in [("outbox", service.outbox), ("originals", service.originals), ("failed", service.failed)]
    {
      for path in try FileManager.default.subpathsOfDirectory(atPath: directory).sorted() {
        let full = directory + "/" + path
        var isDirectory: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: full, isDirectory: &isDirectory)
        if isDirectory.boolValue || path.hasPrefix(".staging") { continue }
        let place = path.split(separator: "/").filter { Int($0) == nil }.joined(separator: "/")
        lines.append("\(name) \(place) \(text(at: full).map { HexDigest(of: Array($0.utf8)).description } ?? "")")
      }
    }
    // Which of two files with the same bytes is taken first is nobody's concern.
    return lines.map { $0.replacing("a-again", with: "a") }.sorted()
  }

  /// Plays a fault and starts the daemon again; false if it came too late to happen.
  private func play(_ fault: Fault, expected: [String]) async throws -> Bool {
    let elsewhere = try elsewhere(fault.drop)
    let harness = try harness(fault.drop, elsewhere: elsewhere)
    try put(fault.drop, into: harness)
    let plan = FaultPlan(fault)
    do {
      try await SystemCall.$obstacle.withValue(plan) {
        try await harness.serve { life in
          for _ in 0..<200 {
            if plan.isDead { return }
            if try await self.isOver(fault.drop, life), contents(of: harness.inbox).isEmpty { return }
            try await Task.sleep(for: .milliseconds(10))
          }
        }
      }
    } catch {
      // A daemon that cannot go on ends, and the service manager starts it again.
    }
    let place = "\(fault): \(plan.met ?? "not met")"
    let places = [harness.root.path] + (elsewhere.map { [$0.path] } ?? [])
    let found = try places.reduce(0) { try $0 + copies(in: $1) }
    #expect(found >= 1 && found <= files(fault.drop).count + 1, "\(place): \(found) copies")
    try await harness.serve { life in
      let isRight = try await eventually {
        try await self.isOver(fault.drop, life) && contents(of: harness.inbox).isEmpty
          && works(in: harness.service.work).isEmpty
      }
      let found = try await self.outcome(harness, life)
      let words = try await life.words()
      let inbox = await life.inbox.report().files.map { "\($0.name): \($0.note ?? "")" }
      #expect(isRight && found == expected, "\(place): \(found), not \(expected); \(words) \(inbox)")
    }
    return plan.met != nil
  }

  /// Whole files with the dropped bytes below a directory.
  private func copies(in directory: String) throws -> Int {
    try FileManager.default.subpathsOfDirectory(atPath: directory).count {
      text(at: directory + "/" + $0) == archive()
    }
  }
}

/// Sebastiano Vigna's generator: a test's choice is the same wherever it runs.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
