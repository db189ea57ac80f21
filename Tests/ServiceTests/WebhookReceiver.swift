import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Somebody who gets alerts by POST and answers them as a test wants.
final class WebhookReceiver: Sendable {
  struct Received: Sendable, Equatable {
    var path: String
    var key: String?
    var signature: String?
    var type: String?
    var body: String
  }

  private struct State {
    var statuses: [Int]
    var received: [Received] = []
    var port: Int?
  }

  private let state: Mutex<State>

  /// - Parameter statuses: of the answers in turn; the last one of all further answers.
  init(_ statuses: [Int]) { state = Mutex(State(statuses: statuses)) }

  var received: [Received] { state.withLock { $0.received } }
  var port: Int? { state.withLock { $0.port } }

  /// Serves while `body` runs; it gets the address.
  func serve(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
    try await Harness.serve([application]) {
      while self.port == nil { try await Task.sleep(for: .milliseconds(5)) }
      try await body("http://127.0.0.1:\(self.port ?? 0)/hook")
    }
  }

  private var application: some ApplicationProtocol {
    let router = Router()
    router.on("**", method: .post) { [self] request, _ in
      let content = try await request.body.collect(upTo: 1 << 20)
      let headers = request.headers
      func value(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
      let status = state.withLock { state in
        state.received.append(
          Received(
            path: request.uri.path, key: value("Idempotency-Key"), signature: value("X-Dandyroll-Signature"),
            type: headers[.contentType], body: String(buffer: content)))
        return state.statuses.count > 1 ? state.statuses.removeFirst() : state.statuses[0]
      }
      return Response(status: .init(code: status), headers: [.location: "/elsewhere"])
    }
    var quiet = Logger(label: "receiver")
    quiet.logLevel = .error
    return Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in self.state.withLock { $0.port = channel.localAddress?.port } }, logger: quiet)
  }
}
