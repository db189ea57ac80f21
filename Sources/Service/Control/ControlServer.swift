import Foundation
import Foundations
import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Inbox
import Jobs
import Ledger
import Listening
import Logging
import NIOCore
import ServiceConfiguration
import ServiceFoundation
import ServiceLifecycle

/// The control socket: HTTP and JSON over a Unix socket that only its group may open.
struct ControlServer: Service {
  let path: String
  let pipeline: Pipeline
  let inbox: Inbox
  let configuration: ConfigurationBox
  let ledger: Ledger
  let system: HostSystem
  let started: Int
  let logger: Logger
  /// Called once the socket answers.
  let onRunning: @Sendable () -> Void
  var connections = ConnectionLimit()

  func run() async throws {
    let socket = SocketFile(path: path, key: Self.key)
    try await Blocking.run { () throws(FileError) in try socket.claim() }
    var quiet = logger
    quiet.logLevel = .warning
    let application = Application(
      router: router(),
      server: .http1(configuration: .init(additionalChannelHandlers: [connections.watch()])),
      configuration: ApplicationConfiguration(address: .unixDomainSocket(path: path), serverName: "dandyroll"),
      onServerRunning: { [logger, onRunning] _ in
        socket.opened(logger)
        onRunning()
      },
      logger: quiet)
    do {
      try await application.run()
    } catch {
      throw FileError.listening(at: path, key: Self.key, error)
    }
  }

  /// The configuration's key for `path`.
  static let key = "service.socket"

  func router() -> Router<BasicRequestContext> {
    let router = Router()
    router.get("/v1/status") { _, _ in try await answer { try await status() } }
    router.get("/v1/jobs") { request, _ in
      let limit = request.uri.queryParameters["limit"].flatMap { Int($0) } ?? 200
      return try await answer { try await pipeline.scheduler.reports(limit: min(max(limit, 1), 10_000)) }
    }
    router.get("/v1/jobs/:id") { _, context in
      let id = try Self.part("id", of: context)
      return try await answer { try await pipeline.scheduler.report(try JobRequests.id(id)) }
    }
    router.post("/v1/jobs/:id/retry") { _, context in
      let id = try Self.part("id", of: context)
      return try await answer { try await pipeline.scheduler.report(try await pipeline.requests.retry(id)) }
    }
    router.post("/v1/jobs/:id/cancel") { _, context in
      let id = try Self.part("id", of: context)
      return try await answer { try await pipeline.scheduler.report(try await pipeline.requests.cancel(id)) }
    }
    router.post("/v1/datasets/:name/retrain") { _, context in
      let name = try Self.part("name", of: context)
      return try await answer { try await pipeline.scheduler.report(try await pipeline.requests.retrain(name)) }
    }
    router.get("/v1/audits") { request, _ in
      let suspect = request.uri.queryParameters["suspect"].map(String.init)
      let limit = request.uri.queryParameters["limit"].flatMap { Int($0) } ?? 20
      return try await answer { try await pipeline.audits.report(of: suspect, limit: min(max(limit, 1), 10_000)) }
    }
    router.post("/v1/suspects/:name/audit") { _, context in
      let name = try Self.part("name", of: context)
      return try await answer { try await pipeline.scheduler.report(try await pipeline.audits.file(name)) }
    }
    router.post("/v1/releases/:name/publish") { _, context in
      let name = try Self.part("name", of: context)
      return try await answer { try await pipeline.scheduler.report(try await pipeline.requests.publish(name)) }
    }
    router.get("/v1/releases/:name/qualification") { _, context in
      let name = try Self.part("name", of: context)
      return try await document {
        try Disclosure.stripped(try await pipeline.requests.record(.qualification, of: name))
      }
    }
    router.post("/v1/datasets/:name/panel") { _, context in
      let name = try Self.part("name", of: context)
      return try await answer { try await pipeline.scheduler.report(try await pipeline.requests.buildPanel(name)) }
    }
    router.get("/v1/datasets/:name/panel") { _, context in
      let name = try Self.part("name", of: context)
      // Its models' seeds are their numbers.
      return try await document {
        try Disclosure.stripped(
          try await pipeline.requests.panel(of: name), of: [.generator, .targetClass, .assignedClasses, .source])
      }
    }
    return router
  }

  func status() async throws -> StatusReport {
    let state = configuration.snapshot
    let ways = state.configuration.alerts
    // Enough to see what goes wrong; the list of jobs has all of them.
    let failed = try await ledger.failedReports(since: 0, limit: 3)
    var jobs = try await ledger.counts()
    jobs[.failed] = failed.count
    return StatusReport(
      version: ProgramVersion.current, pid: Int(getpid()),
      state: pipeline.context.stop.isRaised ? "stopping" : "serving",
      started: started / 1000,
      configuration: ConfigurationReport(
        file: configuration.file, loaded: state.loaded / 1000, problems: state.problems,
        needsRestart: state.needsRestart),
      inbox: await inbox.report(),
      jobs: Dictionary(uniqueKeysWithValues: jobs.map { ($0.key.rawValue, $0.value) }), failed: failed.newest,
      active: try await pipeline.scheduler.activeReports(),
      datasets: try await ledger.datasetReports(),
      suspects: try await ledger.suspectsReport(
        state.configuration.suspects.map(\.name), obstacles: try await pipeline.audits.obstacles()),
      alerts: try await ledger.openAlerts(command: !ways.command.isEmpty, webhook: !ways.webhook.isEmpty)
        .compactMap(\.trouble),
      stuck: await pipeline.scheduler.obstacles())
  }

  /// A part of the path, its escapes undone: the router leaves them as they are.
  private static func part(_ name: String, of context: BasicRequestContext) throws -> String {
    let part = try context.parameters.require(name)
    return part.removingPercentEncoding ?? part
  }

  private func answer(_ body: () async throws -> some Encodable) async throws -> Response {
    try await respond { try Self.json(.ok, try await body()) }
  }

  /// A JSON document that a worker wrote, without what is the vault's alone.
  private func document(_ body: () async throws -> [UInt8]) async throws -> Response {
    try await respond {
      Response(
        status: .ok, headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: try await body())))
    }
  }

  private func respond(_ body: () async throws -> Response) async throws -> Response {
    do {
      return try await body()
    } catch let error as any DaemonError {
      let (status, code) = error.answer
      return try Self.json(status, ProblemReport(error: .init(code: code, message: error.description)))
    } catch {
      logger.error("a request failed: \(error)")
      return try Self.json(
        .internalServerError, ProblemReport(error: .init(code: "internal", message: "\(error)")))
    }
  }

  private static func json(_ status: HTTPResponse.Status, _ value: some Encodable) throws -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: try CanonicalJSON.line(value) + "\n")))
  }
}

extension DaemonError {
  /// The status and the problem's code (docs/formats, "Control socket") with which a request is answered that met it.
  var answer: (status: HTTPResponse.Status, code: String) {
    switch self as any Error {
    case LedgerError.noSuchJob: (.notFound, "no-such-job")
    case LedgerError.noSuchDataset: (.notFound, "no-such-dataset")
    case LedgerError.noSuchRelease: (.notFound, "no-such-release")
    case ConfigurationError.noSuchSuspect: (.notFound, "no-such-suspect")
    case ServiceError.notMade: (.notFound, "not-made")
    case LedgerError.wrongState, LedgerError.notHeld: (.conflict, "wrong-state")
    case ServiceError.noRelease: (.conflict, "no-release")
    case ServiceError.noAlpha: (.conflict, "no-alpha")
    case ServiceError.noKeptArchive: (.conflict, "no-kept-archive")
    case LedgerError.inputMissing: (.conflict, "input-missing")
    case FileError.changed: (.conflict, "input-changed")
    default: (isTransient ? .serviceUnavailable : .internalServerError, "internal")
    }
  }
}

/// What leaves the vault of a document that a worker wrote there: everything but what a release's commitment rests on.
enum Disclosure {
  /// The generator's digest, the target class or the assigned ones, digests of archives before marking, and seeds
  /// (docs/formats, "Vault").
  enum Secret: String, CaseIterable {
    case generator, targetClass, assignedClasses, source, seed
  }

  /// A JSON document without some of its keys, wherever they stand.
  /// - Throws: what is wrong with the JSON.
  static func stripped(_ document: [UInt8], of secrets: [Secret] = Secret.allCases) throws -> [UInt8] {
    let value = try JSONSerialization.jsonObject(with: Data(document), options: .fragmentsAllowed)
    let names = Set(secrets.map(\.rawValue))
    func stripped(_ value: Any) -> Any {
      switch value {
      case let object as [String: Any]: object.filter { !names.contains($0.key) }.mapValues(stripped)
      case let array as [Any]: array.map(stripped)
      default: value
      }
    }
    let text = try JSONSerialization.data(
      withJSONObject: stripped(value), options: [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed])
    return Array(text) + [UInt8(ascii: "\n")]
  }
}
