import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A server on the loopback that answers with whatever bytes a test wants, good or bad.
struct ScriptedServer: Sendable {
  enum Step: Sendable {
    case send([UInt8])
    /// Real time: for servers that are slow. Tests bound it by the client's own limit.
    case pause(milliseconds: Int)
    /// So many times, or until the client has gone.
    case flood([UInt8], times: Int)
    /// The next request is read from the same connection; otherwise the connection is closed.
    case keepAlive
  }

  struct Request: Sendable {
    var method: String
    var path: String
    var headers: [String: String]
    var body: [UInt8]
    /// Requests of this method before it.
    var ordinal: Int
  }

  /// What the server has seen and sent.
  final class Log: Sendable {
    private let state = Mutex<(requests: [Request], sent: Int)>(([], 0))

    var requests: [Request] { state.withLock { $0.requests } }
    var posts: [Request] { requests.filter { $0.method == "POST" } }
    /// Bytes that the client's side has taken.
    var sent: Int { state.withLock { $0.sent } }

    fileprivate func add(_ request: Request) -> Request {
      state.withLock { state in
        var request = request
        request.ordinal = state.requests.count { $0.method == request.method }
        state.requests.append(request)
        return request
      }
    }

    fileprivate func count(_ bytes: Int) { state.withLock { $0.sent += bytes } }
  }

  let port: Int
  let log: Log

  var url: String { "http://127.0.0.1:\(port)" }

  @discardableResult
  static func serve<Value: Sendable>(
    _ script: @escaping @Sendable (Request) -> [Step],
    _ body: @Sendable @escaping (ScriptedServer) async throws -> Value
  ) async throws -> Value {
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    let log = Log()
    let server = ScriptedServer(port: listener.channel.localAddress?.port ?? 0, log: log)
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        try await listener.executeThenClose { connections in
          try await withThrowingDiscardingTaskGroup { tasks in
            for try await connection in connections {
              tasks.addTask {
                // A client that hangs up is what many of these tests are about.
                try? await Self.answer(connection, script, log)
              }
            }
          }
        }
        return nil
      }
      group.addTask { try await body(server) }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
      }
      throw CancellationError()
    }
  }

  private static func answer(
    _ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ script: @Sendable (Request) -> [Step], _ log: Log
  ) async throws {
    let channel = connection.channel
    try await connection.executeThenClose { inbound, _ in
      var buffer: [UInt8] = []
      for try await part in inbound {
        buffer.append(contentsOf: part.readableBytesView)
        guard let (request, length) = parse(buffer) else { continue }
        buffer.removeFirst(length)
        var stays = false
        for step in script(log.add(request)) {
          switch step {
          case .send(let bytes):
            // Over when the socket has taken the bytes, unlike a write to `outbound`.
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
            log.count(bytes.count)
          case .pause(let milliseconds): try await Task.sleep(for: .milliseconds(milliseconds))
          case .flood(let bytes, let times):
            let buffer = ByteBuffer(bytes: bytes)
            for _ in 0..<times {
              try await channel.writeAndFlush(buffer).get()
              log.count(bytes.count)
            }
          case .keepAlive: stays = true
          }
        }
        if !stays { return }
      }
    }
  }

  /// A whole request at the start of `bytes`, and its length.
  private static func parse(_ bytes: [UInt8]) -> (Request, Int)? {
    let text = String(decoding: bytes.prefix(16_384), as: UTF8.self)
    guard let end = text.range(of: "\r\n\r\n") else { return nil }
    let head = text[..<end.lowerBound].components(separatedBy: "\r\n")
    let first = head[0].split(separator: " ")
    var headers: [String: String] = [:]
    for line in head.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    let start = text[..<end.upperBound].utf8.count
    let length = Int(headers["content-length"] ?? "0") ?? 0
    guard bytes.count >= start + length, first.count == 3 else { return nil }
    return (
      Request(
        method: String(first[0]), path: String(first[1]), headers: headers,
        body: Array(bytes[start..<start + length]), ordinal: 0),
      start + length
    )
  }
}

extension [ScriptedServer.Step] {
  /// A proper answer.
  static func reply(
    _ body: String, status: Int = 200, type: String = "application/json", headers: [String] = []
  ) -> Self {
    let head =
      ["HTTP/1.1 \(status) Status", "Content-Type: \(type)", "Content-Length: \(body.utf8.count)"] + headers
    let text = head.joined(separator: "\r\n") + "\r\n\r\n" + body
    return [.send([UInt8](text.utf8)), .keepAlive]
  }
}
