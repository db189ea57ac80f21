import Foundation
import Foundations
import GRDB
import Jobs
import Testing

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

/// What a power cut can leave behind, each state made by hand, and the daemon started on it.
@Suite struct RestartTests {
  private let settings = {
    var settings = DatasetSettings()
    settings.qualify = false
    return settings
  }()

  /// Claims `inbox/a.tar` in the ledger and touches nothing else.
  private func claim(_ harness: Harness, _ life: Harness.Life) async throws -> InputRecord {
    try harness.drop("a.tar")
    let path = harness.inbox + "/a.tar"
    let stamp = try #require(try FileStamp.of(path))
    let places = JobPlaces(settings: harness.service)
    let copy = places.arrivals + "/copy"
    try Directory.make(places.arrivals, mode: 0o700)
    let digest = try DroppedFile(path, stamp: stamp).copy(to: copy) { _ in }
    let drop = Drop(path: path, stamp: stamp, digest: digest, copy: copy)
    _ = try await life.ledger.claim(
      drop, dataset: "a", settings: try CanonicalJSON.line(settings),
      generatorKey: try settings.generatorKey,
      seed: 5, now: 1000, destination: { places.input($0, name: "a.tar") })
    return try #require(try await life.ledger.unsettledInputs().first)
  }

  private func finishes(_ harness: Harness) async throws {
    try await harness.serve { (life: Harness.Life) async throws in
      #expect(try await life.reaches(.done, 1))
      #expect(try await life.ledger.counts()[.done] == 2)
    }
    #expect(text(at: harness.service.outbox + "/release-a-1/manifest-sha256.txt") == "seed 5\n")
    #expect(contents(of: harness.inbox).isEmpty)
    #expect(contents(of: harness.service.originals + "/a").count == 1)
  }

  @Test func afterTheClaimAndBeforeTheMove() async throws {
    let harness = try Harness()
    do { _ = try await claim(harness, try harness.life()) }
    try await finishes(harness)
  }

  @Test func afterTheMoveAndBeforeTheLedgerKnew() async throws {
    let harness = try Harness()
    do {
      let input = try await claim(harness, try harness.life())
      try FileMove.move(try #require(input.path), to: try #require(input.destination), digest: input.digest)
    }
    try await finishes(harness)
  }

  @Test func afterTheCopyAndBeforeTheSourceWasRemoved() async throws {
    let harness = try Harness()
    do {
      let input = try await claim(harness, try harness.life())
      let destination = try #require(input.destination)
      try Directory.make(Directory.parent(of: destination), mode: 0o700)
      try FileManager.default.copyItem(atPath: try #require(input.path), toPath: destination)
      let file = try OpenFile(destination, O_WRONLY)
      try file.setModified(nanoseconds: input.modified)
    }
    try await finishes(harness)
  }

  @Test func inTheMiddleOfACopyBetweenFilesystems() async throws {
    let harness = try Harness()
    do {
      let input = try await claim(harness, try harness.life())
      let destination = try #require(input.destination)
      try Directory.make(Directory.parent(of: destination), mode: 0o700)
      try Data("arch".utf8).write(to: URL(fileURLWithPath: Directory.parent(of: destination) + "/.incoming-a.tar"))
    }
    try await finishes(harness)
  }

  @Test func inTheMiddleOfTheCopyOfADrop() async throws {
    let harness = try Harness { $0.defaults.seed = 5 }
    let arrivals = JobPlaces(settings: harness.service).arrivals
    try harness.drop("a.tar")
    try harness.root.write("half of it", to: "work/.arrivals/half")
    try await finishes(harness)
    #expect(contents(of: arrivals).isEmpty)
  }

  @Test func whileTheDroppedFileHadItsHiddenName() async throws {
    let harness = try Harness()
    do { _ = try await claim(harness, try harness.life()) }
    try FileMove.rename(harness.inbox + "/a.tar", to: harness.inbox + "/" + InboxName.taken("a.tar", chance: 5))
    try await finishes(harness)
  }

  @Test func beforeTheDroppedFileWasRemoved() async throws {
    let harness = try Harness()
    do {
      let life = try harness.life()
      let input = try await claim(harness, life)
      try FileMove.move(
        try #require(input.path), to: try #require(input.destination), digest: input.digest)
      try await life.ledger.settle(input)
    }
    try await finishes(harness)
    #expect(contents(of: harness.service.receipts).isEmpty)
  }

  @Test func whileAJobRan() async throws {
    let root = try TemporaryDirectory()
    let first = try Harness(root: root, executor: FakeExecutor { await FakeExecutor.untilStopped($0) })
    do {
      // The ledger is left as a killed daemon leaves it: the job is running.
      let life = try first.life()
      _ = try await claim(first, life)
      await life.pipeline.requests.inputs.settle()
      let job = try await life.ledger.job(1)
      _ = try await life.ledger.fileTraining(
        dataset: job.dataset, input: job.input, settings: job.settings, generatorKey: job.generatorKey, seed: 9,
        now: 0, for: 1, reason: { "\($0)" })
      _ = try #require(try await life.pipeline.scheduler.prepare(2))
      #expect(try await life.ledger.job(2).word == .running)
    }
    let before = try #require(text(at: first.service.work + "/2/SPEC.json"))
    let second = try Harness(root: root)
    try await finishes(second)
    #expect(second.executor.documents(2) == [before])
  }

  @Test func aRestartAsksForTheSameOnAsManyThreadsAsThereAreNow() async throws {
    // Shut down while training; started again with other limits, which do not matter any more, and threads, which do.
    let root = try TemporaryDirectory()
    let first = try Harness(root: root, executor: FakeExecutor { await FakeExecutor.untilStopped($0) }) {
      $0.jobs.threads = 5
    }
    try await first.serve { life in
      try first.drop("a.tar")
      #expect(try await life.reaches(.running, 2))
    }
    let second = try Harness(root: root) {
      $0.jobs.threads = 7
      $0.limits.members = 1
    }
    try await second.serve { (life: Harness.Life) async throws in
      #expect(try await life.reaches(.done, 1))
      #expect(try await life.ledger.report(2).attempts?.map(\.outcome) == ["finished", "stopped"])
    }
    let before = first.executor.documents(2)
    #expect(before.count == 1 && before[0].contains("\"threads\" : 5"))
    #expect(
      second.executor.documents(2) == before.map { $0.replacing("\"threads\" : 5", with: "\"threads\" : 7") })
  }

  @Test func afterThePublishingAndBeforeTheCommit() async throws {
    let root = try TemporaryDirectory()
    let first = try Harness(
      root: root,
      executor: FakeExecutor { run in
        guard run.spec.work is ReleaseSpec else { return await FakeExecutor.succeed(run) }
        _ = await FakeExecutor.succeed(run)
        return await FakeExecutor.untilStopped(run)
      })
    try await first.serve { life in
      try first.drop("a.tar")
      #expect(try await eventually { exists(first.service.outbox + "/release-a-1") })
    }
    let second = try Harness(root: root)
    try await second.serve { (life: Harness.Life) async throws in #expect(try await life.reaches(.done, 1)) }
    #expect(contents(of: second.service.outbox).filter { $0.hasPrefix("release") } == ["release-a-1"])
  }

  @Test func afterTheCommitAndBeforeTheInputWasPutAway() async throws {
    let root = try TemporaryDirectory()
    let first = try Harness(root: root)
    try await first.serve { life in
      try first.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { works(in: first.service.work).isEmpty })
    }
    let kept = try #require(contents(of: first.service.originals + "/a").first)
    let work = first.service.work + "/1/input/a.tar"
    try FileManager.default.createDirectory(atPath: first.service.work + "/1/input", withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: first.service.originals + "/a/" + kept, toPath: work)
    do {
      let life = try first.life()
      try await life.ledger.write { db in try db.execute(sql: "UPDATE input SET path = ?", arguments: [work]) }
    }
    try await Harness(root: root).serve { _ in }
    #expect(contents(of: first.service.originals + "/a") == [kept])
    #expect(works(in: first.service.work).isEmpty)
  }

  @Test func afterARejectionAndBeforeTheMove() async throws {
    let root = try TemporaryDirectory()
    let harness = try Harness(root: root)
    do {
      let life = try harness.life()
      _ = try await claim(harness, life)
      await life.pipeline.requests.inputs.settle()
      let failure = JobFailure(kind: .refused, code: "c", stage: "s", message: "m")
      try await life.ledger.reject(
        1, .fail, failure: failure, destination: harness.service.failed + "/1/a.tar", end: nil, now: 0)
    }
    try await harness.serve { (life: Harness.Life) async throws in
      #expect(try await life.reaches(.failed, 1))
    }
    #expect(contents(of: harness.service.failed + "/1") == ["REASON.json", "REASON.txt", "a.tar"])
    #expect(works(in: harness.service.work).isEmpty)
  }

  @Test func anInputOnItsWayArrivesBeforeItIsSentElsewhere() async throws {
    let harness = try Harness()
    let life = try harness.life()
    let input = try await claim(harness, life)
    let failure = JobFailure(kind: .refused, code: "c", stage: "s", message: "m")
    await #expect(throws: LedgerError.inputMoving(path: try #require(input.path))) {
      try await life.ledger.reject(1, .fail, failure: failure, destination: "/elsewhere", end: nil, now: 0)
    }
    #expect(try await life.ledger.job(1).word == .queued)
    #expect(try await life.ledger.unsettledInputs().map(\.destination) == [input.destination])
  }

  /// What is in the inbox by now is another drop; what was claimed is safe.
  @Test func aDropThatChangedAfterTheClaimIsAnotherOne() async throws {
    let harness = try Harness()
    do { _ = try await claim(harness, try harness.life()) }
    try harness.root.write(archive("another"), to: "inbox/a.tar")
    try await harness.serve { (life: Harness.Life) async throws in
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { try await life.ledger.counts()[.done] == 3 })
    }
    #expect(contents(of: harness.service.originals + "/a").count == 2)
    #expect(contents(of: harness.inbox).isEmpty)
  }

  @Test func aDropThatWentAwayAfterTheClaimIsNoMatter() async throws {
    let harness = try Harness()
    do { _ = try await claim(harness, try harness.life()) }
    try FileManager.default.removeItem(atPath: harness.inbox + "/a.tar")
    try await finishes(harness)
  }

  /// The only copy was deleted as a duplicate of itself.
  @Test func aCopyThatWentAwayAfterTheClaimIsMadeAgain() async throws {
    let harness = try Harness { $0.defaults.seed = 5 }
    do {
      let input = try await claim(harness, try harness.life())
      try FileManager.default.removeItem(atPath: try #require(input.path))
    }
    try await harness.serve { (life: Harness.Life) async throws in
      #expect(try await life.reaches(.cancelled, 1))
      #expect(try await eventually { try await life.ledger.counts()[.done] == 2 })
    }
    #expect(contents(of: harness.service.originals + "/a").count == 1)
  }

  @Test func anInputThatVanishedFromWorkFailsItsJob() async throws {
    let root = try TemporaryDirectory()
    let harness = try Harness(root: root)
    do {
      let life = try harness.life()
      _ = try await claim(harness, life)
      await life.pipeline.requests.inputs.settle()
    }
    try FileManager.default.removeItem(atPath: harness.service.work + "/1/input/a.tar")
    try await harness.serve { (life: Harness.Life) async throws in
      #expect(try await life.reaches(.failed, 1))
      #expect(try await life.ledger.report(1).failure?.code == "input-missing")
    }
  }

  @Test func aSecondDaemonWithTheSameLedgerIsRefused() throws {
    let harness = try Harness()
    let life = try harness.life()
    #expect(throws: LedgerError.inUse(path: harness.service.ledger)) {
      try Ledger(path: harness.service.ledger)
    }
    withExtendedLifetime(life) {}
  }

  @Test func theLedgerIsNobodyElsesBusiness() throws {
    let harness = try Harness()
    let life = try harness.life()
    let mode = try FileManager.default.attributesOfItem(atPath: harness.service.ledger)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    withExtendedLifetime(life) {}
  }

  @Test func aNewerLedgerIsLeftAlone() throws {
    let harness = try Harness()
    try harness.service.prepare()
    do {
      let queue = try DatabaseQueue(path: harness.service.ledger)
      var migrator = Ledger.migrator
      migrator.registerMigration("from the future") { _ in }
      try migrator.migrate(queue)
    }
    #expect(throws: LedgerError.newer(path: harness.service.ledger)) {
      try Ledger(path: harness.service.ledger)
    }
  }

  @Test func theLedgerWaitsForTheDiskWithEveryCommit() async throws {
    let harness = try Harness()
    let life = try harness.life()
    let pragmas = try await life.ledger.read { db in
      [
        try String.fetchOne(db, sql: "PRAGMA journal_mode"), try String.fetchOne(db, sql: "PRAGMA synchronous"),
        try String.fetchOne(db, sql: "PRAGMA foreign_keys"),
      ]
    }
    #expect(pragmas == ["wal", "2", "1"])
  }
}
