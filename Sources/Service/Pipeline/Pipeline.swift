import Inbox
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation
import ServiceLifecycle

/// Turns drops into releases, and releases into audits: joins the stages, each of which does one thing.
struct Pipeline: Service {
  let context: PipelineContext
  let audits: AuditScheduler
  let requests: JobRequests
  let scheduler: JobScheduler

  init(
    ledger: Ledger, configuration: ConfigurationBox, executor: any Executor, system: HostSystem, heartbeats: Heartbeats,
    notifier: Notifier, logger: Logger, credentials: String? = nil, kinds: JobKinds = .all
  ) {
    context = PipelineContext(
      ledger: ledger, configuration: configuration, kinds: kinds, system: system, logger: logger)
    let inputs = InputMover(context, releases: ReleaseMover(context), housekeeping: Housekeeping(context))
    audits = AuditScheduler(context, credentials: credentials)
    requests = JobRequests(context: context, running: RunningJobs(), inputs: inputs)
    scheduler = JobScheduler(
      requests: requests, audits: audits, executor: executor, heartbeats: heartbeats, notifier: notifier)
  }

  /// Rung when there may be something to start.
  var doorbell: Doorbell { context.doorbell }

  /// What takes drops in, and has them moved and worked on.
  var intake: IntakeStage {
    IntakeStage(
      ledger: context.ledger, configuration: context.configuration, places: context.places, system: context.system,
      logger: context.logger,
      onClaim: { [inputs = requests.inputs, doorbell] in
        await inputs.settle()
        doorbell.ring()
      })
  }

  /// Takes up where the last daemon left off. Called once, before anything else runs.
  func recover() async throws {
    for id in try await context.ledger.interruptAll(now: context.system.now()) {
      context.logger.notice("was running when the daemon ended, runs again", metadata: ["job": "\(id)"])
    }
    let inputs = requests.inputs
    await inputs.clearTheInbox()
    await inputs.releases.settle()
    await inputs.settle()
    await inputs.housekeeping.tidy()
  }

  /// Starts jobs until the daemon shuts down, then stops those that run and waits for them.
  func run() async throws { try await scheduler.run() }
}
