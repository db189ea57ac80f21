import Foundation
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation
import ServiceLifecycle

/// Starts jobs in turn and acts on how they end.
///
/// All that matters is in the ledger; this holds only what is lost with the process anyway.
actor JobScheduler: Service {
  let context: PipelineContext
  let inputs: InputMover
  let releases: ReleaseMover
  let audits: AuditScheduler
  let requests: JobRequests
  nonisolated let running: RunningJobs
  private let executor: any Executor
  private let heartbeats: Heartbeats
  private let notifier: Notifier

  /// Why nothing can be made for now: the vault is not there.
  private(set) var vaultObstacle: String?
  /// Generators whose file is gone from a vault that is there.
  private var missingGenerators: Set<Int64> = []
  /// Jobs that wait for a moment.
  private(set) var waits = WaitTable()

  init(
    requests: JobRequests, audits: AuditScheduler, executor: any Executor, heartbeats: Heartbeats, notifier: Notifier
  ) {
    context = requests.context
    inputs = requests.inputs
    releases = requests.inputs.releases
    running = requests.running
    self.audits = audits
    self.requests = requests
    self.executor = executor
    self.heartbeats = heartbeats
    self.notifier = notifier
  }

  var ledger: Ledger { context.ledger }
  var places: JobPlaces { context.places }
  var system: HostSystem { context.system }
  var logger: Logger { context.logger }
  var kinds: JobKinds { context.kinds }

  /// Starts jobs until the daemon shuts down, then stops those that run and waits for them.
  func run() async throws {
    try await withGracefulShutdownHandler {
      try await withThrowingDiscardingTaskGroup { group in
        // Also when the loop ends with an error: the group would wait for the processes otherwise.
        defer { running.stopAll(.shutdown) }
        // A job whose end could not be recorded for good ends the daemon, which a restart puts in order.
        while !context.stop.isRaised, !Task.isCancelled, !group.isCancelled {
          let pause = try await pass { job in group.addTask { try await self.work(on: job) } }
          await context.doorbell.wait(atMost: pause)
        }
        running.stopAll(.shutdown)
        try await drain()
      }
    } onGracefulShutdown: {
      self.context.stop.raise()
      self.context.doorbell.ring()
    }
  }

  /// One look at everything; returns how long nothing will happen by itself, at most five seconds.
  private func pass(start: (PreparedJob) -> Void) async throws -> Duration {
    heartbeats.beat(.scheduler, at: system.steady())
    do {
      await releases.settle()
      await inputs.settle()
      try await lookAtVault()
      if let vaultObstacle {
        notifier.status(vaultObstacle)
        return .seconds(5)
      }
      try await audits.look()
      var snapshot = try await look()
      var steps = plan(snapshot)
      // Each round files or ends a job; one that cannot make progress must not spin.
      for _ in 0..<100 where steps.contains(where: { !$0.isStart }) {
        for step in steps { try await take(step) }
        snapshot = try await look()
        steps = plan(snapshot)
      }
      for case .start(let id) in steps {
        if let prepared = try await prepareUnlessChanged(id) { start(prepared) }
      }
      notifier.status(try await statusLine())
      let due = Planner.nextDue(try await look(), after: system.now()).map { $0 - system.now() } ?? 5000
      let nextAudit = await audits.timetable.next
      let audit = nextAudit == Int.max ? 5000 : nextAudit * 1000 - system.now()
      return .milliseconds(min(5000, max(10, min(due, audit))))
    } catch  where Ledger.isTransient(error) {
      logger.error("the pipeline cannot go on, trying again: \(error)")
      notifier.status("cannot go on: \(error)")
      return .seconds(5)
    }
  }

  private func prepareUnlessChanged(_ id: Int64) async throws -> PreparedJob? {
    do {
      return try await prepare(id)
    } catch LedgerError.wrongState(_, let state, _) {
      logger.debug("job \(id) is \(state) by now and is not started")
      return nil
    }
  }

  private func plan(_ snapshot: LedgerSnapshot) -> [PipelineStep] {
    let current = context.configuration.current
    let jobs = running.all
    let auditing = jobs.count(where: \.isBeside)
    return Planner.plan(
      snapshot, kinds: kinds, slots: current.jobs.concurrent - (jobs.count - auditing),
      auditSlots: current.audits.concurrent - auditing, now: system.now())
  }

  /// Waits for the running jobs to stop, telling the service manager that this is still going on.
  private func drain() async throws {
    // A cancelled group waits for its children by itself.
    while !running.all.isEmpty, !Task.isCancelled {
      notifier.extend(by: .seconds(15))
      heartbeats.beat(.scheduler, at: system.steady())
      await context.doorbell.wait(atMost: .seconds(5))
    }
    heartbeats.rest(.scheduler)
  }

  /// Carries out a decision that changes the ledger.
  ///
  /// A request that came in since the snapshot may have changed the job: then the next plan sees it as it is.
  private func take(_ step: PipelineStep) async throws {
    do {
      try await carryOut(step)
    } catch LedgerError.wrongState(let job, let state, let action) {
      logger.debug("job \(job) is \(state) by now and cannot be \(action)")
    }
  }

  private func carryOut(_ step: PipelineStep) async throws {
    switch step {
    case .start: break
    case .fileTraining(let release):
      let job = try await ledger.job(release)
      let training = try await ledger.fileTraining(
        dataset: job.dataset, input: job.input, settings: job.settings, generatorKey: job.generatorKey,
        seed: Int64(try seed(for: job)), now: system.now(), for: release, reason: Self.waitReason)
      logger.info("filed a training job", metadata: ["job": "\(training)", "release": "\(release)"])
    case .waitForTraining(let release, let training):
      try await ledger.change(release, .wait(reason: Self.waitReason(training), until: nil)) { $0.waitsFor = training }
    case .failWith(let release, let training):
      let cause = try await ledger.job(training).lastFailure
      let failure =
        cause
        ?? JobFailure(kind: .failed, code: "training", stage: "train", message: "training job \(training) failed")
      try await inputs.reject(try await ledger.job(release), .fail, failure, end: nil)
    case .cancel(let id):
      try await inputs.reject(try await ledger.job(id), .cancel, .cancelled("on request"), end: nil)
    case .cancelWith(let release, let training):
      try await inputs.reject(
        try await ledger.job(release), .cancel, .cancelled("with training job \(training)"), end: nil)
    }
  }

  private static let waitReason: @Sendable (Int64) -> String = { "training of its generator, job \($0)" }

  /// Notes why the vault cannot be used, if it cannot; gives a new one its number.
  func lookAtVault() async throws {
    let vault = VaultIdentity(vault: places.settings.vault)
    let known: String
    if let identity = try await ledger.vaultIdentity() {
      known = identity
    } else {
      let found = try await Blocking.run { () throws(FileError) in try vault.found() }
      known = found ?? UUID().uuidString.lowercased()
      if found == nil { try await Blocking.run { () throws(FileError) in try vault.mark(known) } }
      try await ledger.remember(vault: known)
    }
    let obstacle = await Blocking.run { vault.obstacle(known: known) }
    if let obstacle, obstacle != vaultObstacle { logger.error("nothing is begun: \(obstacle)") }
    vaultObstacle = obstacle
  }

  /// What the planner decides from: with the generators that are there, and with waits that no clock that was set back
  /// makes longer.
  ///
  /// - Throws: `FileError.failed` where a generator cannot be looked at: it is not lost.
  func look() async throws -> LedgerSnapshot {
    var snapshot = try await ledger.snapshot()
    let (now, steady) = (system.now(), system.steady())
    let longest = context.configuration.current.jobs.retryLongest.milliseconds
    waits.keep(Set(snapshot.active.compactMap(\.id)))
    for index in snapshot.active.indices {
      guard let id = snapshot.active[index].id, let until = snapshot.active[index].until else { continue }
      snapshot.active[index].until = waits.end(of: id, until: until, longest: longest, now: now, steady: steady)
    }
    let generators = snapshot.generators
    let missing = try await Blocking.run { () throws(FileError) in
      var missing: Set<Int64> = []
      for generator in generators {
        if try FileStamp.of(generator.path) == nil, let id = generator.id { missing.insert(id) }
      }
      return missing
    }
    for generator in generators where generator.id.map(missing.contains) == true {
      if generator.id.map(missingGenerators.contains) == false {
        logger.warning("a generator's file is gone", metadata: ["path": "\(generator.path)"])
      }
    }
    missingGenerators = missing
    snapshot.generators.removeAll { $0.id.map(missing.contains) == true }
    return snapshot
  }

  /// Runs one process to its end and records the outcome.
  private func work(on prepared: PreparedJob) async throws {
    let end = await executor.run(prepared.execution, job: prepared.job)
    heartbeats.rest(.jobs)
    // Also where this throws: whoever stops would wait for the job for ever.
    defer {
      running[prepared.job.id] = nil
      context.doorbell.ring()
    }
    do {
      try await conclude(prepared, end)
    } catch  where Ledger.isTransient(error) {
      // Only while stopping: the ledger still says "running", and the next daemon runs the job again.
      logger.error("how a job ended could not be recorded: \(error)", metadata: ["job": "\(prepared.job.id)"])
    }
  }
}

extension PipelineStep {
  var isStart: Bool {
    if case .start = self { true } else { false }
  }
}
