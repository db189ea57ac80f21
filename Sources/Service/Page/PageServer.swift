import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Listening
import Logging
import NIOCore
import ServiceConfiguration
import ServiceFoundation
import ServiceLifecycle

/// The status page, `/metrics` and `/healthz`: read-only HTTP on a loopback address or a Unix socket.
struct PageServer: Service {
  let address: PageAddress
  let settings: PageSettings
  let pages: StatusPages
  let logger: Logger
  /// Called once the page answers, with the port where there is one.
  var onRunning: @Sendable (_ port: Int?) -> Void = { _ in }

  var connections = ConnectionLimit()

  func run() async throws {
    var quiet = logger
    quiet.logLevel = .warning
    let bound: BindAddress
    var socket: SocketFile?
    switch address {
    case .network(let host, let port): bound = .hostname(host, port: port)
    case .socket(let path):
      bound = .unixDomainSocket(path: path)
      let file = SocketFile(path: path, key: Self.key)
      try await Blocking.run { () throws(FileError) in try file.claim() }
      socket = file
    }
    let application = Application(
      router: router(),
      server: .http1(configuration: .init(additionalChannelHandlers: [connections.watch()])),
      configuration: ApplicationConfiguration(address: bound, serverName: "dandyroll"),
      onServerRunning: { [socket, logger, onRunning] channel in
        socket?.opened(logger)
        onRunning(channel.localAddress?.port)
      },
      logger: quiet)
    do {
      try await application.run()
    } catch {
      throw FileError.listening(at: settings.listen, key: Self.key, error)
    }
  }

  private static let key = "page.listen"

  func router() -> Router<BasicRequestContext> {
    let router = Router(options: [.autoGenerateHeadEndpoints])
    var hosts: Set<String>?
    if case .network = address { hosts = Set(settings.hosts.map { $0.lowercased() }) }
    router.addMiddleware {
      PageGuard(hosts: hosts, logger: logger, notice: { pages.notice(title: $0, sentence: $1) })
    }
    router.get("/") { _, _ in Response(page: try await pages.overview()) }
    router.get("/jobs") { _, _ in Response(page: try await pages.jobs()) }
    router.get("/jobs/:id") { _, context in
      Response(page: try await pages.job(try JobRequests.id(try Self.part("id", of: context))))
    }
    router.get("/releases") { _, _ in Response(page: try await pages.releases()) }
    router.get("/releases/:name") { _, context in
      Response(page: try await pages.release(try Self.part("name", of: context)))
    }
    router.get("/releases/:name/qualification") { _, context in
      let page = try await pages.qualification(of: try Self.part("name", of: context))
      return Response(
        status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: page)))
    }
    router.get("/suspects") { _, _ in Response(page: try await pages.suspects()) }
    router.get("/suspects/:name") { _, context in
      Response(page: try await pages.suspect(try Self.part("name", of: context)))
    }
    router.get("/audits/:job") { _, context in
      Response(page: try await pages.audit(try JobRequests.id(try Self.part("job", of: context))))
    }
    router.get("/metrics") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: try await pages.metrics())))
    }
    router.get("/healthz") { _, _ in
      let silent = pages.silentParts()
      let text = silent.isEmpty ? "ok\n" : "no sign of life from \(silent.joined(separator: ", "))\n"
      return Response(
        status: silent.isEmpty ? .ok : .serviceUnavailable, headers: [.contentType: "text/plain; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
    return router
  }

  /// A part of the path, its escapes undone: the router leaves them as they are.
  private static func part(_ name: String, of context: BasicRequestContext) throws -> String {
    let part = try context.parameters.require(name)
    return part.removingPercentEncoding ?? part
  }
}
