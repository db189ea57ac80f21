import Jobs
import Testing

@testable import Ledger
@testable import Service

@Suite struct PlannerTests {
  private func job(
    _ id: Int64, _ kind: JobKind, _ state: JobState = .queued, dataset: Int64 = 1, input: Int64 = 1,
    key: String = "k", waitsFor: Int64? = nil, cancel: Bool = false, spec: String? = nil,
    release: Int64? = nil
  ) -> JobRecord {
    var job = JobRecord(
      id: id, kind: kind, dataset: dataset, input: input, settings: "{}", generatorKey: key, seed: 1, filed: 0,
      spec: spec, waitsFor: waitsFor, release: release, cancelRequested: cancel)
    job.state = state
    return job
  }

  private func generator(_ id: Int64, dataset: Int64 = 1, key: String = "k") -> GeneratorRecord {
    GeneratorRecord(
      id: id, dataset: dataset, job: id, generatorKey: key, path: "/g\(id)", digest: "", targetClass: "1",
      metrics: "{}", made: 0)
  }

  private func plan(
    _ jobs: [JobRecord], ended: [JobRecord] = [], generators: [GeneratorRecord] = [], settled: Set<Int64> = [1, 2, 3],
    slots: Int = 1, now: Int = 100
  ) -> [PipelineStep] {
    var snapshot = LedgerSnapshot(active: jobs, generators: generators, settledInputs: settled)
    for job in jobs + ended {
      if job.kind == .train, let id = job.id { snapshot.trainings[id] = job }
    }
    return Planner.plan(snapshot, slots: slots, now: now)
  }

  @Test func aReleaseWithoutAGeneratorFilesATraining() {
    #expect(plan([job(1, .release)]) == [.fileTraining(release: 1)])
  }

  @Test func aReleaseWithAGeneratorStarts() {
    #expect(plan([job(1, .release)], generators: [generator(9)]) == [.start(1)])
  }

  @Test func aGeneratorForOtherSettingsOrDatasetsDoesNotCount() {
    #expect(plan([job(1, .release)], generators: [generator(9, key: "other")]) == [.fileTraining(release: 1)])
    #expect(plan([job(1, .release)], generators: [generator(9, dataset: 2)]) == [.fileTraining(release: 1)])
  }

  @Test func theNewestGeneratorIsTaken() {
    let found = Planner.generator(for: job(1, .release), in: [generator(7), generator(8), generator(9, key: "x")])
    #expect(found?.id == 8)
  }

  @Test func twoReleasesShareATraining() {
    let jobs = [
      job(1, .release, .waiting(reason: "", until: nil), waitsFor: 2), job(2, .train, .running),
      job(3, .release, input: 3),
    ]
    #expect(plan(jobs) == [.waitForTraining(release: 3, training: 2)])
  }

  @Test func aReleaseWaitsQuietlyWhileItsGeneratorIsTrained() {
    let jobs = [job(1, .release, .waiting(reason: "", until: nil), waitsFor: 2), job(2, .train)]
    #expect(plan(jobs) == [.start(2)])
    #expect(plan([jobs[0], job(2, .train, .running)], slots: 0).isEmpty)
  }

  @Test func aReleaseStartsOnceItsTrainingIsDone() {
    let release = job(1, .release, .waiting(reason: "", until: nil), waitsFor: 2)
    #expect(plan([release], ended: [job(2, .train, .done)], generators: [generator(2)]) == [.start(1)])
  }

  @Test func aReleaseEndsWithItsOwnTraining() {
    let release = job(1, .release, .waiting(reason: "", until: nil), waitsFor: 2)
    #expect(plan([release], ended: [job(2, .train, .failed)]) == [.failWith(release: 1, training: 2)])
    #expect(plan([release], ended: [job(2, .train, .cancelled)]) == [.cancelWith(release: 1, training: 2)])
  }

  @Test func aTrainingOnAnotherArchiveDoesNotTakeAReleaseDown() {
    let release = job(3, .release, .waiting(reason: "", until: nil), input: 3, waitsFor: 2)
    #expect(plan([release], ended: [job(2, .train, .failed)]) == [.fileTraining(release: 3)])
  }

  @Test func aLostGeneratorIsTrainedAgain() {
    let release = job(1, .release, .waiting(reason: "", until: nil), waitsFor: 2)
    #expect(plan([release], ended: [job(2, .train, .done)]) == [.fileTraining(release: 1)])
  }

  @Test func nothingStartsBeforeItsInputIsInPlace() {
    #expect(plan([job(1, .release)], generators: [generator(9)], settled: []).isEmpty)
    #expect(plan([job(2, .train)], settled: []).isEmpty)
  }

  @Test func noMoreStartThanThereIsRoomFor() {
    let jobs = [job(1, .release), job(2, .release, input: 2), job(3, .release, input: 3)]
    #expect(plan(jobs, generators: [generator(9)], slots: 2) == [.start(1), .start(2)])
    #expect(plan(jobs, generators: [generator(9)], slots: 0).isEmpty)
    #expect(plan(jobs, generators: [generator(9)], slots: -1).isEmpty)
  }

  @Test func aPauseIsKept() {
    let jobs = [job(1, .release, .waiting(reason: "full", until: 200))]
    #expect(plan(jobs, generators: [generator(9)], now: 199).isEmpty)
    #expect(plan(jobs, generators: [generator(9)], now: 200) == [.start(1)])
    var snapshot = LedgerSnapshot(active: jobs)
    #expect(Planner.nextDue(snapshot, after: 100) == 200)
    #expect(Planner.nextDue(snapshot, after: 200) == nil)
    snapshot.active = []
    #expect(Planner.nextDue(snapshot, after: 0) == nil)
  }

  @Test func aStartedReleaseKeepsTheGeneratorOfItsSpec() {
    #expect(plan([job(1, .release, spec: "{}")]) == [.start(1)])
  }

  @Test func aCancelledJobEndsOnceNobodyReadsItsInput() {
    let release = job(1, .release, .waiting(reason: "", until: nil), waitsFor: 2, cancel: true)
    #expect(plan([release, job(2, .train, .running, cancel: true)]).isEmpty)
    #expect(plan([release], ended: [job(2, .train, .cancelled)]) == [.cancel(1)])
    #expect(plan([job(1, .release, .waiting(reason: "", until: 900), cancel: true)]) == [.cancel(1)])
  }

  @Test func whatBringsAnArchiveOutGoesBeforeWhatJudgesOne() {
    let jobs = [job(3, .qualify, release: 1), job(4, .release, input: 2)]
    #expect(plan(jobs, generators: [generator(9)], slots: 2) == [.start(4), .start(3)])
    #expect(plan(jobs, generators: [generator(9)], slots: 1) == [.start(4)])
  }

  @Test func jobsAboutOneReleaseGoOneAfterTheOther() {
    let jobs = [job(3, .reference, release: 1), job(4, .qualify, release: 1), job(5, .qualify, input: 2, release: 2)]
    #expect(plan(jobs, slots: 3) == [.start(3), .start(5)])
    #expect(plan([job(3, .reference, .running, release: 1)] + jobs[1...], slots: 3) == [.start(5)])
    // A panel that is asked for while a qualification is under way waits for it, also between two of its runs.
    let waiting = job(3, .qualify, .waiting(reason: "full", until: 900), release: 1)
    #expect(plan([waiting, job(4, .reference, release: 1)], slots: 2).isEmpty)
  }

  @Test func panelsOfOneDatasetAreNotTrainedAtOnce() {
    let jobs = [job(3, .reference, release: 1), job(4, .reference, input: 2, release: 2)]
    #expect(plan(jobs, slots: 2) == [.start(3)])
    let apart = [jobs[0], job(4, .reference, dataset: 2, input: 2, release: 2)]
    #expect(plan(apart, slots: 2) == [.start(3), .start(4)])
  }

  @Test func aReleaseOnItsWayIsNotJudged() {
    let snapshot = LedgerSnapshot(
      active: [job(3, .qualify, release: 1)], settledInputs: [1], movingReleases: [1])
    #expect(Planner.plan(snapshot, slots: 1, now: 100).isEmpty)
  }
}
