import Foundation
import Glibc
import Listening
import Logging
import NIOCore
import Synchronization
import Testing

@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

/// Connections that send nothing, send slowly or do not read, beside somebody who only wants to know how it goes.
@Suite struct SlowConnectionTests {
  /// A connection to the page, with a limit on how long a read may take.
  private final class RawConnection: Sendable {
    let descriptor: Int32

    init(port: Int) throws {
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var limit = timeval(tv_sec: 20, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(port).bigEndian
      address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      try #require(result == 0)
    }

    deinit { close(descriptor) }

    @discardableResult
    func say(_ text: String) -> Bool {
      let bytes = Array(text.utf8)
      return send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// What comes until the other side closes, or nothing more comes for twenty seconds (nil).
    func rest() -> String? {
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count == 0 || count < 0 && errno == ECONNRESET { return String(decoding: bytes, as: UTF8.self) }
        if count < 0 { return nil }
        bytes += buffer[..<count]
      }
    }

    func ask(_ path: String) -> String? {
      say("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      return rest()
    }
  }

  private func serve(
    connections: ConnectionLimit = ConnectionLimit(), _ body: @Sendable @escaping (_ port: Int) throws -> Void
  ) async throws {
    let harness = try Harness()
    let life = try harness.life()
    let port = Mutex<Int?>(nil)
    var server = PageServer(
      address: .network(host: "127.0.0.1", port: 0), settings: PageSettings(),
      pages: StatusPages(
        ledger: life.ledger, pipeline: life.pipeline, configuration: life.box, heartbeats: life.heartbeats,
        system: harness.system,
        status: { throw CancellationError() }),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      onRunning: { number in port.withLock { $0 = number } })
    server.connections = connections
    try await Harness.serve([server]) {
      #expect(try await eventually { port.withLock { $0 } != nil })
      let number = try #require(port.withLock { $0 })
      // It blocks, so it has to wait outside the threads that the server needs.
      try await Blocking.run { try body(number) }
    }
  }

  @Test(arguments: [
    "", "GET / HT", "GET /healthz HTTP/1.1\r\nX-Slow: ",
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx",
  ])
  func sixtyFourConnectionsThatDawdleDoNotKeepHealthOut(beginning: String) async throws {
    try await serve { port in
      // Twice as many as there are places, too.
      for count in [64, 128] {
        let lines = try (0..<count).map { _ in try RawConnection(port: port) }
        for line in lines where !beginning.isEmpty { line.say(beginning) }
        let answer = try RawConnection(port: port).ask("/healthz")
        #expect(answer?.hasPrefix("HTTP/1.1 200 OK\r\n") == true && answer?.hasSuffix("ok\n") == true, "\(count)")
        withExtendedLifetime(lines) {}
      }
    }
  }

  @Test func connectionsThatAreKeptOpenMakeRoomForNewOnes() async throws {
    try await serve { port in
      let lines = try (0..<64).map { _ in try RawConnection(port: port) }
      for line in lines { line.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") }
      let answer = try RawConnection(port: port).ask("/healthz")
      #expect(answer?.hasSuffix("ok\n") == true)
    }
  }

  @Test func aHeadThatDripsIsNotWaitedFor() async throws {
    var patience = ConnectionLimit.Patience()
    patience.head = .milliseconds(400)
    try await serve(connections: ConnectionLimit(patience: patience)) { port in
      let line = try RawConnection(port: port)
      line.say("GET /healthz HTTP/1.1\r\n")
      // Something comes all the time; without a limit this would go on for ever.
      var drops = 0
      while drops < 600, line.say("X-\(drops): y\r\n") {
        drops += 1
        usleep(50_000)
      }
      #expect(drops < 600)
    }
  }

  @Test func aBodyThatDripsIsNotWaitedFor() async throws {
    var patience = ConnectionLimit.Patience()
    patience.body = .milliseconds(400)
    try await serve(connections: ConnectionLimit(patience: patience)) { port in
      let line = try RawConnection(port: port)
      line.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
      var drops = 0
      while drops < 600, line.say("x") {
        drops += 1
        usleep(50_000)
      }
      #expect(drops < 600)
    }
  }
}
