import Foundation
import Foundations
import Jobs
import Synchronization
import Testing

@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

/// A kind of job that is declared in this folder and added to the list goes the whole way.
@Suite struct ByteCountTests {
  /// Runs byte counts as their process would, but in this one; plays the rest.
  private final class Recorder: Sendable {
    let lines = Mutex<[String]>([])
    let codes = Mutex<[Int32]>([])

    func play(_ run: FakeExecutor.Run) async -> ExecutionEnd {
      guard run.spec.kind == .byteCount else { return await FakeExecutor.succeed(run) }
      let end = InProcessJob.run(run, kinds: .withByteCount) { line in self.lines.withLock { $0.append(line) } }
      if case .exited(let code) = end.exit { codes.withLock { $0.append(code) } }
      return end
    }
  }

  private func harness(_ recorder: Recorder, kinds: JobKinds = .withByteCount) throws -> Harness {
    try Harness(executor: FakeExecutor(kinds: .withByteCount) { await recorder.play($0) }, kinds: kinds)
  }

  /// Makes a release, and files a byte count about it.
  private func file(_ harness: Harness, _ life: Harness.Life) async throws -> Int64 {
    try harness.drop("a.tar")
    #expect(try await life.reaches(.done, 1))
    let job = try await life.ledger.file(
      Follower(kind: .byteCount, settings: "{}", generatorKey: "", seed: 7), about: try await life.ledger.release(1),
      now: harness.system.now())
    life.pipeline.doorbell.ring()
    return job
  }

  @Test func aKindOfAFolderAndAListEntryGoesFromItsFilingToTheLedger() async throws {
    let recorder = Recorder()
    let harness = try harness(recorder)
    let bytes = archive().utf8.count
    try await harness.serve { life in
      #expect(try await self.file(harness, life) == 3)
      #expect(try await life.reaches(.done, 3))
      #expect(try await life.words() == ["1 release done", "2 train done", "3 byteCount done"])

      let job = try await life.ledger.job(3)
      let original = try #require(try await life.ledger.input(job.input).path)
      let work = harness.service.work + "/3/checkpoints"
      let threads = try #require(harness.executor.specs.first).threads
      let spec =
        #"{"byteCount":{"archive":"\#(original)","workDirectory":"\#(work)"},"id":"3","kind":"byteCount","#
        + #""threads":\#(threads),"version":1}"#
      #expect(job.spec == spec)
      let told = try CanonicalJSON.decode(
        JobSpec.self, from: try #require(harness.executor.documents(3).first).utf8, kinds: .withByteCount)
      #expect(try CanonicalJSON.line(told) == spec)
      let result = #"{"bytes":\#(bytes),"note":"\#(work)/bytes"}"#
      #expect(job.result == result)
      #expect(
        recorder.lines.withLock { $0 } == [
          #"{"done":\#(bytes),"event":"progress","stage":"count","total":\#(bytes),"unit":"bytes"}"#,
          #"{"event":"finished","result":{"byteCount":\#(result),"kind":"byteCount"}}"#,
        ])

      let report = try await life.pipeline.scheduler.report(3)
      #expect(report.attempts?.map(\.outcome) == ["finished"] && report.failures == [])
      #expect(ReportText.job(report, now: 0) == "job 3: byteCount a, done  \(bytes) bytes")
      let page = StatusPages(
        ledger: life.ledger, pipeline: life.pipeline, configuration: life.box, heartbeats: life.heartbeats,
        system: harness.system,
        status: { throw CancellationError() })
      #expect(try await page.job(3).contains("\(bytes) bytes"))
    }
    #expect(recorder.codes.withLock { $0 } == [0])
  }

  @Test func itFailsAndIsTriedAgainAsAnyOther() async throws {
    let recorder = Recorder()
    let harness = try Harness(
      executor: FakeExecutor(kinds: .withByteCount) { run in
        guard run.spec.kind == .byteCount, run.count == 1 else { return await recorder.play(run) }
        return FakeExecutor.failed(.failed)
      }, kinds: .withByteCount)
    try await harness.serve { life in
      let job = try await self.file(harness, life)
      #expect(try await life.reaches(.failed, job))
      #expect(exists(harness.service.failed + "/3/REASON.json"))
      #expect(try await life.pipeline.requests.retry("3") == job)
      #expect(try await life.reaches(.done, job))
      #expect(!exists(harness.service.failed + "/3"))
    }
  }

  @Test func aResultThatIsNotWhatWasAskedForIsNotBelieved() async throws {
    let harness = try Harness(
      executor: FakeExecutor(kinds: .withByteCount) { run in
        guard run.spec.kind == .byteCount else { return await FakeExecutor.succeed(run) }
        return FakeExecutor.finished(
          run.count == 1 ? ByteCountJob.Result(bytes: 0, note: "") : ByteCountJob.Result(bytes: 1, note: "/no/such"))
      }, kinds: .withByteCount
    ) { $0.jobs.crashRetries = 1 }
    try await harness.serve { life in
      let job = try await self.file(harness, life)
      #expect(try await life.reaches(.failed, job))
      let failures = try await life.ledger.report(job).failures ?? []
      #expect(failures.contains { $0.message == "the job counted 0 bytes" })
      #expect(failures.contains { $0.message == "/no/such: not there after the job finished" })
    }
  }

  @Test func aJobOfAKindThatIsNotKnownIsLeftToAProgramThatKnowsIt() async throws {
    let recorder = Recorder()
    let harness = try harness(recorder, kinds: .all)
    try await harness.serve { life in
      let job = try await self.file(harness, life)
      try harness.drop("b.tar", "two")
      #expect(try await life.reaches(.done, 4))
      #expect(try await life.ledger.job(job).word == .queued)
    }
    let next = try Harness(
      root: harness.root, executor: FakeExecutor(kinds: .withByteCount) { await recorder.play($0) },
      kinds: .withByteCount)
    let isDone = try await next.serve { life in try await life.reaches(.done, 3) }
    #expect(isDone)
  }

  @Test func theDaemonKnowsWhatToDoForEveryKind() {
    for kind in JobKinds.withByteCount.list {
      #expect(kind is any PipelineJob.Type || kind is any StandaloneJob.Type, "\(kind)")
    }
  }
}
