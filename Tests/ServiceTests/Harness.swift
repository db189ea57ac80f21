import Foundation
import Foundations
import Jobs
import Logging
import ServiceLifecycle
import Synchronization
import Watermarks

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

/// A pipeline over a real ledger and real directories, with workers and a world that the test plays.
struct Harness: Sendable {
  let root: TemporaryDirectory
  let configuration: Configuration
  let executor: FakeExecutor
  let system: HostSystem
  let kinds: JobKinds

  init(
    root: TemporaryDirectory? = nil, executor: FakeExecutor = FakeExecutor(), system: HostSystem = HostSystem(),
    kinds: JobKinds = .all,
    change: (inout Configuration) -> Void = { _ in }
  ) throws {
    self.root = try root ?? TemporaryDirectory()
    self.executor = executor
    self.system = system
    self.kinds = kinds
    var configuration = Configuration()
    configuration.service.state = self.root.path
    configuration.service.socket = "control.sock"
    configuration.inbox.settle = .milliseconds(50)
    configuration.jobs.retryFirst = .milliseconds(10)
    configuration.jobs.retryLongest = .milliseconds(50)
    configuration.defaults.qualify = false
    change(&configuration)
    configuration.service.resolvePaths(from: self.root.path)
    self.configuration = configuration
  }

  var service: ServiceSettings { configuration.service }
  var inbox: String { service.inbox }

  /// One life of the daemon's core, not running yet.
  struct Life: Sendable {
    let pipeline: Pipeline
    let inbox: Inbox
    let ledger: Ledger
    let box: ConfigurationBox
    let heartbeats: Heartbeats
    let isReady: StopFlag
  }

  func life() throws -> Life {
    try service.prepare()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let ledger = try Ledger(path: service.ledger)
    let methods = MethodRegistry.standard.declarations
    try root.write(configuration.text(with: methods), to: "dandyroll.toml")
    let box = ConfigurationBox(
      configuration, file: root.path + "/dandyroll.toml", methods: methods, now: system.now())
    let heartbeats = Heartbeats()
    let pipeline = Pipeline(
      ledger: ledger, configuration: box, executor: executor, system: system, heartbeats: heartbeats,
      notifier: Notifier(socket: nil, logger: logger), logger: logger, kinds: kinds)
    let isReady = StopFlag()
    let inbox = Inbox(
      configuration: box, intake: pipeline.intake, system: system, heartbeats: heartbeats, logger: logger,
      onFirstScan: { isReady.raise() })
    return Life(pipeline: pipeline, inbox: inbox, ledger: ledger, box: box, heartbeats: heartbeats, isReady: isReady)
  }

  /// Recovers, serves while `body` runs, and shuts down as on SIGTERM.
  func serve<Value: Sendable>(_ body: @Sendable @escaping (Life) async throws -> Value) async throws -> Value {
    var taken: Life?
    // A life that the test has let go of may take a moment to close its ledger.
    _ = try await eventually {
      do {
        taken = try life()
      } catch LedgerError.inUse {
        return false
      }
      return true
    }
    guard let life = taken else { throw LedgerError.inUse(path: service.ledger) }
    try await life.pipeline.recover()
    return try await Self.serve([life.pipeline, life.inbox]) { try await body(life) }
  }

  /// Runs services while `body` does.
  static func serve<Value: Sendable>(
    _ services: [any Service], _ body: @Sendable @escaping () async throws -> Value
  ) async throws -> Value {
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services.map { .init(service: $0) },
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    return try await withThrowingTaskGroup(of: Value?.self) { tasks in
      tasks.addTask {
        try await group.run()
        return nil
      }
      tasks.addTask {
        do {
          let value = try await body()
          await group.triggerGracefulShutdown()
          return value
        } catch {
          await group.triggerGracefulShutdown()
          throw error
        }
      }
      var answer: Value?
      while let value = try await tasks.next() { answer = value ?? answer }
      guard let answer else { throw CancellationError() }
      return answer
    }
  }

  /// Drops an archive as a careful user does: under a hidden name first.
  func drop(_ name: String, _ content: String = "archive") throws {
    try root.write(archive(content), to: "inbox/.upload")
    try FileManager.default.moveItem(atPath: inbox + "/.upload", toPath: inbox + "/" + name)
  }
}

extension Harness.Life {
  /// Waits until job `id` is in `state`.
  func reaches(_ state: JobState.Word, _ id: Int64) async throws -> Bool {
    try await eventually { (try? await ledger.job(id))?.word == state }
  }

  func words() async throws -> [String] {
    try await ledger.reports(limit: 100).reversed().map { "\($0.id) \($0.kind.rawValue) \($0.state)" }
  }
}

/// Workers played in this process.
final class FakeExecutor: Executor {
  struct Run: Sendable {
    var spec: JobSpec
    /// SPEC.json's path.
    var path: String
    var document: String
    var job: RunningJob
    /// Runs of this job so far, with this one.
    var count: Int
  }

  private let kinds: JobKinds
  private let play: @Sendable (Run) async -> ExecutionEnd
  private let documents = Mutex<[String: [String]]>([:])
  private let order = Mutex<[JobSpec]>([])

  init(
    kinds: JobKinds = .all, _ play: @Sendable @escaping (Run) async -> ExecutionEnd = { await FakeExecutor.succeed($0) }
  ) {
    self.kinds = kinds
    self.play = play
  }

  /// Every spec that was run, in order.
  var specs: [JobSpec] { order.withLock { $0 } }

  /// What SPEC.json held each time that job `id` was run.
  func documents(_ id: Int64) -> [String] { documents.withLock { $0["\(id)"] ?? [] } }

  func run(_ execution: Execution, job: RunningJob) async -> ExecutionEnd {
    guard let document = text(at: execution.spec),
      let spec = try? CanonicalJSON.decode(JobSpec.self, from: document.utf8, kinds: kinds)
    else {
      return ExecutionEnd(exit: .exited(2))
    }
    order.withLock { $0.append(spec) }
    let count = documents.withLock {
      $0[spec.id, default: []].append(document)
      return $0[spec.id, default: []].count
    }
    return await play(Run(spec: spec, path: execution.spec, document: document, job: job, count: count))
  }

  /// Does what a worker does, in miniature; a release that is there already is recognised.
  static func succeed(_ run: Run) async -> ExecutionEnd {
    do {
      switch run.spec.work {
      case let spec as TrainSpec:
        guard exists(spec.archive), exists(spec.workDirectory) else { return ExecutionEnd(exit: .exited(1)) }
        try Data("weights \(spec.seed)".utf8).write(to: URL(fileURLWithPath: spec.generator))
        return finished(
          TrainResult(
            generator: spec.generator, generatorDigest: "00", target: spec.target, metrics: ["loss": 1]))
      case let spec as ReleaseSpec:
        guard exists(spec.archive), exists(spec.generator) else { return ExecutionEnd(exit: .exited(1)) }
        let target = spec.outbox + "/" + spec.name
        if !exists(target) {
          let staged = spec.staging + "/" + spec.name
          try FileManager.default.createDirectory(atPath: staged, withIntermediateDirectories: true)
          try Data("seed \(spec.seed)\n".utf8).write(to: URL(fileURLWithPath: staged + "/manifest-sha256.txt"))
          try FileManager.default.moveItem(atPath: staged, toPath: target)
        }
        return finished(
          ReleaseResult(directory: target, archiveDigest: "00", samples: 10, markedSamples: 5, skippedSamples: 0))
      case let spec as QualifySpec: return try qualify(spec, .passed)
      case let spec as ReferenceSpec:
        guard exists(spec.archive), exists(spec.workDirectory) else { return ExecutionEnd(exit: .exited(1)) }
        let record = spec.vault + "/" + spec.release
        try FileManager.default.createDirectory(atPath: record, withIntermediateDirectories: true)
        for name in ["panel.json", "panel.safetensors"] {
          try Data("{}".utf8).write(to: URL(fileURLWithPath: record + "/" + name))
        }
        return finished(
          ReferenceResult(
            release: spec.release, panel: record + "/panel.safetensors", panelDigest: "00",
            models: spec.settings.models, trained: 1, largestGain: 0.01))
      default: return ExecutionEnd(exit: .exited(1))
      }
    } catch {
      return ExecutionEnd(exit: .exited(1))
    }
  }

  /// Writes a report and ends with this outcome.
  static func qualify(
    _ spec: QualifySpec, _ outcome: QualifyResult.Outcome, _ reasons: [String] = []
  ) throws -> ExecutionEnd {
    guard exists(spec.original), exists(spec.release + "/manifest-sha256.txt"), exists(spec.workDirectory) else {
      return ExecutionEnd(exit: .exited(1))
    }
    let name = Directory.name(of: spec.release)
    let record = spec.vault + "/" + name
    try FileManager.default.createDirectory(atPath: record, withIntermediateDirectories: true)
    try Data("report \(outcome.rawValue)".utf8).write(to: URL(fileURLWithPath: record + "/qualification.json"))
    return finished(
      QualifyResult(
        release: name, outcome: outcome, reasons: reasons, report: record + "/qualification.json", models: 24))
  }

  static func finished(_ result: any JobPart) -> ExecutionEnd {
    ExecutionEnd(exit: .exited(0), last: .finished(JobResult(result)))
  }

  static func failed(_ kind: JobFailure.Kind, code: String = "truncated-member") -> ExecutionEnd {
    let failure = JobFailure(
      kind: kind, code: code, stage: "survey", message: "a.tar: data_batch_1.bin: ends at 512", file: "a.tar",
      member: "data_batch_1.bin", offset: 512)
    return ExecutionEnd(exit: .exited(kind == .refused ? 3 : 1), last: .failed(failure))
  }

  /// Runs until it is asked to stop.
  static func untilStopped(_ run: Run) async -> ExecutionEnd {
    while run.job.stopRequest == nil { try? await Task.sleep(for: .milliseconds(5)) }
    return ExecutionEnd(exit: .exited(75), last: .stopped, stop: run.job.stopRequest)
  }
}
