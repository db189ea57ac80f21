import Glibc
import Hummingbird
import HummingbirdCore
import Listening
package import Logging
import NIOCore

/// `dandyroll model serve`: one classifier over HTTP.
package struct ModelServer: Sendable {
  package enum Address: Sendable, Equatable {
    case host(String, port: Int)
    case socket(String)

    var text: String {
      switch self {
      case .host(let host, let port): "\(host.contains(":") ? "[\(host)]" : host):\(port)"
      case .socket(let path): path
      }
    }
  }

  private let predictor: Predictor
  private let address: Address
  private let programVersion: String
  private let logger: Logger

  /// - Throws: `NeuralNetError` for a model that does not classify.
  package init(
    _ model: ServedModel, options: ServingOptions, address: Address, programVersion: String, logger: Logger
  ) throws {
    predictor = try Predictor(model, options: options)
    self.address = address
    self.programVersion = programVersion
    self.logger = logger
  }

  /// Serves until SIGTERM or SIGINT.
  ///
  /// - Parameter onRunning: gets the model's own address once it answers.
  /// - Throws: `ServingError.address`.
  package func run(onRunning: @escaping @Sendable (String) -> Void) async throws {
    var quiet = logger
    quiet.logLevel = .warning
    let bind: BindAddress =
      switch address {
      case .host(let host, let port): .hostname(host, port: port)
      case .socket(let path): .unixDomainSocket(path: path)
      }
    let path = "/\(predictor.options.dialect == .v2 ? "v2" : "v1")/models/\(Reply.escaped(predictor.options.name))"
    let connections = ConnectionLimit()
    let application = Application(
      router: router, server: .http1(configuration: .init(additionalChannelHandlers: [connections.watch()])),
      configuration: ApplicationConfiguration(address: bind, serverName: "dandyroll"),
      onServerRunning: { [address] channel in
        switch address {
        case .host(let host, let port):
          let shown = host.contains(":") ? "[\(host)]" : host
          onRunning("http://\(shown):\(channel.localAddress?.port ?? port)\(path)")
        case .socket(let file): onRunning("\(file) \(path)")
        }
      }, logger: quiet)
    do {
      try await application.runService()
    } catch let error as IOError {
      throw ServingError.address(address.text, message: String(cString: strerror(error.errnoCode)))
    } catch is SocketAddressError.UnknownHost {
      throw ServingError.address(address.text, message: "no such host")
    }
  }

  var router: Router<BasicRequestContext> {
    let router = Router()
    router.get("/healthz") { _, _ in Response(status: .ok) }
    switch predictor.options.dialect {
    case .v2: V2Dialect(predictor: predictor, programVersion: programVersion).add(to: router)
    case .tfServing: TFServingDialect(predictor: predictor).add(to: router)
    }
    return router
  }
}
