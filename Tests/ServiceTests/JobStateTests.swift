import Jobs
import Testing

@testable import Ledger
@testable import Service
@testable import ServiceFoundation

@Suite struct JobStateTests {
  private static let states: [JobState] = [
    .queued, .running, .waiting(reason: "r", until: 5), .done, .failed, .cancelled,
  ]
  private static let changes: [JobChange] = [
    .start, .wait(reason: "w", until: 9), .resume, .interrupt, .finish, .fail, .cancel, .retry,
  ]

  /// Rows are states, columns changes, in the order above; "-" cannot happen.
  private static let table: [[String]] = [
    ["running", "waiting", "-", "-", "-", "failed", "cancelled", "-"],
    ["-", "waiting", "-", "queued", "done", "failed", "cancelled", "-"],
    ["-", "waiting", "queued", "-", "-", "failed", "cancelled", "queued"],
    ["-", "-", "-", "-", "-", "-", "-", "-"],
    ["-", "-", "-", "-", "-", "-", "-", "queued"],
    ["-", "-", "-", "-", "-", "-", "-", "queued"],
  ]

  @Test func everyChangeLeadsWhereTheTableSays() {
    for (row, state) in Self.states.enumerated() {
      for (column, change) in Self.changes.enumerated() {
        let word = state.after(change)?.word.rawValue ?? "-"
        #expect(word == Self.table[row][column], "\(state) \(change)")
      }
    }
  }

  @Test func aWaitKeepsItsReasonAndTime() {
    #expect(JobState.running.after(.wait(reason: "full", until: 7)) == .waiting(reason: "full", until: 7))
  }

  @Test func onlyUnfinishedJobsAreActive() {
    #expect(Self.states.map(\.isActive) == [true, true, true, false, false, false])
  }
}

@Suite struct BackoffTests {
  @Test func doublesUpToTheLongest() {
    let pauses = (1...6).map { Backoff.pause(after: $0, first: .seconds(5), longest: .seconds(60)) }
    #expect(pauses == [5000, 10_000, 20_000, 40_000, 60_000, 60_000])
  }

  @Test func survivesAnyNumberOfFailures() {
    #expect(Backoff.pause(after: .max, first: .milliseconds(1), longest: .seconds(86_400)) == 86_400_000)
    #expect(Backoff.pause(after: 0, first: .seconds(5), longest: .seconds(60)) == 5000)
    #expect(Backoff.pause(after: 1, first: .seconds(90), longest: .seconds(60)) == 60_000)
  }
}

@Suite struct JobOutcomeTests {
  private static let result = JobResult(
    TrainResult(generator: "/g", generatorDigest: "", target: "1", metrics: [:]))

  private static func failure(_ kind: JobFailure.Kind) -> JobFailure {
    JobFailure(kind: kind, code: "c", stage: "s", message: "m")
  }

  private func outcome(
    _ exit: ChildExit, _ last: FinalEvent? = nil, stop: StopCause? = nil, wasSilent: Bool = false
  ) -> JobOutcome {
    JobOutcome(ExecutionEnd(exit: exit, last: last, stop: stop, wasSilent: wasSilent), silence: .seconds(120))
  }

  @Test func aResultCountsOnlyWithExitCodeZero() {
    #expect(outcome(.exited(0), .finished(Self.result)) == .finished(Self.result))
    #expect(outcome(.exited(1), .finished(Self.result)).attempt == .crashed)
    #expect(outcome(.signalled(11), .finished(Self.result)).attempt == .crashed)
    #expect(outcome(.exited(0)).attempt == .crashed)
    #expect(outcome(.exited(0), .stopped).attempt == .crashed)
  }

  @Test func aReasonDecidesWhateverTheExitCode() {
    for exit in [ChildExit.exited(0), .exited(1), .exited(3), .signalled(11)] {
      #expect(outcome(exit, .failed(Self.failure(.refused))) == .rejected(Self.failure(.refused)))
      #expect(outcome(exit, .failed(Self.failure(.failed))) == .rejected(Self.failure(.failed)))
      let passing = Self.failure(.transient)
      #expect(outcome(exit, .failed(passing)) == .later(reason: "m", failure: passing))
    }
  }

  @Test func seventyFiveMeansAgain() {
    #expect(outcome(.exited(75)).attempt == .again)
    #expect(outcome(.exited(75), .stopped).attempt == .again)
    #expect(outcome(.exited(75), .stopped, stop: .shutdown) == .stopped(.shutdown))
    #expect(outcome(.exited(75), .stopped, stop: .cancel) == .stopped(.cancel))
  }

  @Test func aSignalIsACrashUnlessWeSentIt() {
    #expect(outcome(.signalled(9)).attempt == .crashed)
    #expect(outcome(.signalled(15)).attempt == .crashed)
    #expect(outcome(.signalled(9), stop: .shutdown) == .stopped(.shutdown))
    #expect(outcome(.signalled(15), stop: .cancel) == .stopped(.cancel))
    #expect(outcome(.signalled(11), stop: .shutdown).attempt == .crashed)
  }

  @Test func silenceIsACrash() {
    guard case .crashed(let failure) = outcome(.signalled(9), wasSilent: true) else {
      Issue.record("not a crash")
      return
    }
    #expect(failure.code == "silent")
    #expect(failure.message.contains("2m"))
  }

  @Test func aRefusalWithoutAReasonIsStillOne() {
    guard case .rejected(let failure) = outcome(.exited(3)) else {
      Issue.record("not rejected")
      return
    }
    #expect(failure.kind == .refused)
  }

  @Test func aProcessThatCannotStartWaitsForPassingCauses() {
    #expect(outcome(.notStarted(.spawn(program: "/x", step: "fork", errno: 11))).attempt == .again)
    #expect(outcome(.notStarted(.spawn(program: "/x", step: "exec", errno: 2))).attempt == .crashed)
  }
}

@Suite struct LineSplitterTests {
  private func lines(_ pieces: [String], limit: Int = 8) -> [String] {
    var splitter = LineSplitter(limit: limit)
    var found: [String] = []
    let note: ([UInt8], Bool) -> Void = { found.append(String(decoding: $0, as: UTF8.self) + ($1 ? "…" : "")) }
    for piece in pieces { splitter.take(piece.utf8, body: note) }
    splitter.finish(body: note)
    return found
  }

  @Test func joinsWhatArrivesInPieces() {
    #expect(lines(["a", "b\nc", "\n", "\nd"]) == ["ab", "c", "d"])
  }

  @Test func holdsNoMoreThanItsLimit() {
    #expect(lines(["12345678\n"]) == ["12345678"])
    #expect(lines(["123456789", String(repeating: "x", count: 1000), "\nnext\n"]) == ["12345678…", "next"])
  }
}

@Suite struct RunningJobTests {
  private func progress(_ stage: String, _ done: Int) -> JobProgress {
    JobProgress(stage: stage, done: done, total: 100, unit: "steps")
  }

  @Test func theRestIsReckonedFromThePaceOfTheStage() {
    let job = RunningJob(id: 1)
    #expect(job.progress == nil)
    job.note(progress("a", 10), at: 1000)
    #expect(job.progress?.secondsLeft == nil)
    job.note(progress("a", 20), at: 3000)
    #expect(job.progress?.secondsLeft == 16)
    job.note(progress("b", 0), at: 9000)
    #expect(job.progress?.secondsLeft == nil)
    job.note(progress("b", 50), at: 10_000)
    #expect(job.progress?.secondsLeft == 1)
  }

  @Test func aCancellationOutlivesAShutdown() {
    let job = RunningJob(id: 1)
    job.stop(.shutdown)
    job.stop(.cancel)
    job.stop(.shutdown)
    #expect(job.stopRequest == .cancel)
  }
}
