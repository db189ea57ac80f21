import Evidence
import Foundation
import Glibc
import Inbox
package import Jobs
import Ledger
package import Logging
package import ServiceConfiguration
import ServiceFoundation
import ServiceLifecycle
import Synchronization
import UnixSignals

/// `dandyroll serve`: everything put together.
package struct Daemon: Sendable {
  private let configuration: Configuration
  private let file: String
  private let methods: [MethodDeclaration]
  private let logger: Logger
  private let environment: [String: String]

  /// `file` is where `configuration` was read from; a reload reads it again, and may choose from `methods`.
  package init(
    configuration: Configuration, file: String, methods: [MethodDeclaration], environment: [String: String],
    logger: Logger
  ) {
    self.configuration = configuration
    self.file = file
    self.methods = methods
    self.environment = environment
    self.logger = logger
  }

  /// Serves until SIGTERM or SIGINT.
  ///
  /// - Throws: a `DaemonError` when it cannot start, or when it cannot go on.
  package func run() async throws {
    let system = HostSystem()
    let heartbeats = Heartbeats()
    let notifier = Notifier(socket: environment["NOTIFY_SOCKET"], logger: logger)
    let settings = configuration.service
    let ledger = try await Blocking.run { () throws(any Error) in
      try settings.prepare()
      let ledger = try Ledger(path: settings.ledger)
      // Asked before anything is started; another daemon may have another ledger and the same socket.
      try SocketFile(path: settings.socket, key: ControlServer.key).claim()
      return ledger
    }
    let box = ConfigurationBox(configuration, file: file, methods: methods, now: system.now())
    let executor = LocalExecutor(
      arguments: LocalExecutor.arguments(surveys: JobPlaces(settings: settings).surveys),
      environment: LocalExecutor.environment(from: environment), clock: system.steady, heartbeats: heartbeats,
      logger: logger)
    let pipeline = Pipeline(
      ledger: ledger, configuration: box, executor: executor, system: system, heartbeats: heartbeats,
      notifier: notifier,
      logger: logger, credentials: environment["CREDENTIALS_DIRECTORY"])
    try await pipeline.recover()
    let hasPage = configuration.page.address != nil
    let readiness = Readiness(of: hasPage ? [.inbox, .control, .page] : [.inbox, .control]) { [logger] in
      logger.notice("serving", metadata: ["inbox": "\(settings.inbox)", "version": "\(ProgramVersion.current)"])
      notifier.ready()
    }
    let inbox = Inbox(
      configuration: box, intake: pipeline.intake, system: system, heartbeats: heartbeats, logger: logger,
      onFirstScan: { readiness.reached(.inbox) })
    let control = ControlServer(
      path: settings.socket, pipeline: pipeline, inbox: inbox, configuration: box, ledger: ledger, system: system,
      started: system.now(), logger: logger, onRunning: { readiness.reached(.control) })
    let page = configuration.page.address.map { address in
      PageServer(
        address: address, settings: configuration.page,
        pages: StatusPages(
          ledger: ledger, pipeline: pipeline, configuration: box, heartbeats: heartbeats, system: system,
          status: { try await control.status() }),
        logger: logger, onRunning: { _ in readiness.reached(.page) })
    }
    let watchdog = Watchdog(
      interval: Watchdog.interval(environment: environment), heartbeats: heartbeats, notifier: notifier,
      clock: system.steady,
      logger: logger)
    let signals = SignalService(
      configuration: box, pipeline: pipeline, notifier: notifier, system: system, logger: logger)

    var quiet = logger
    quiet.logLevel = .notice
    // They end in the reverse order: the socket answers and the watchdog is fed until the last job has stopped.
    let alerts = AlertService(
      ledger: ledger, configuration: box, system: system, logger: logger, doorbell: pipeline.audits.alertBell)
    let services: [any Service] = [watchdog, control] + (page.map { [$0] } ?? []) + [alerts, pipeline, inbox, signals]
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        // Also when one of them cannot go on, the others end in order: jobs write their checkpoints.
        services: services.map { .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup) },
        gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
    try await group.run()
    logger.notice("stopped")
  }
}

extension ServiceSettings {
  /// Makes the directories that are missing and checks that they are apart also behind links, and that the owner's key can
  /// be used: not after hours of training. Blocks.
  func prepare() throws {
    // The inbox is for a group to drop into, what came of it for the group to read, the outbox for everybody; the rest is
    // nobody's business.
    let modes: [String: mode_t] = [
      "inbox": 0o1770, "outbox": 0o755, "failed": 0o750, "held": 0o750, "receipts": 0o750,
    ]
    let isNew = try !Directory.exists(inbox)
    for (key, path) in directories { try Directory.make(path, mode: modes[key] ?? 0o700) }
    try InboxPermissions(path: inbox).settle(isNew: isNew)
    try Directory.make(Directory.parent(of: ledger), mode: 0o755)
    var resolved = self
    for field in [\Self.inbox, \.outbox, \.vault, \.work, \.failed, \.held, \.originals, \.receipts] {
      resolved[keyPath: field] = URL(fileURLWithPath: self[keyPath: field]).resolvingSymlinksInPath().path
    }
    resolved.state = URL(fileURLWithPath: state).resolvingSymlinksInPath().path
    let problems = resolved.pathProblems().map {
      ConfigurationProblem(line: nil, key: "service.\($0.key)", rule: $0.rule)
    }
    if !problems.isEmpty {
      throw ConfigurationError.invalid(file: "the directories, links followed", problems: problems)
    }
    if !signingKey.isEmpty {
      do { _ = try OwnerKey(text: SecretFile.read(signingKey)) } catch {
        let problem = ConfigurationProblem(line: nil, key: "service.signing-key", rule: "\(error)")
        throw ConfigurationError.invalid(file: signingKey, problems: [problem])
      }
    }
  }
}

/// Says once that the daemon serves: when the inbox has been looked at, and the control socket and the page, if there is
/// one, answer.
final class Readiness: Sendable {
  enum Part: Sendable {
    case inbox, control, page
  }

  private let missing: Mutex<Set<Part>>
  private let announce: @Sendable () -> Void

  init(of parts: Set<Part> = [.inbox, .control], announce: @escaping @Sendable () -> Void) {
    missing = Mutex(parts)
    self.announce = announce
  }

  func reached(_ part: Part) {
    let isComplete = missing.withLock { $0.remove(part) != nil && $0.isEmpty }
    if isComplete { announce() }
  }
}
