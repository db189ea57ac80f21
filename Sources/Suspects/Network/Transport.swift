import AsyncHTTPClient
import Foundation
import Foundations
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL

/// HTTP to one host: its name is resolved, the address checked and connected to; nothing is followed anywhere else.
actor Transport {
  private let url: EndpointURL
  private let allowsPrivate: Bool
  private let credential: Credential?
  private let limits: ExchangeLimits
  private let surroundings: Surroundings
  private var current: HTTPClient?
  /// Clients whose address did not answer; they are shut down with the rest, when nobody can be using them.
  private var retired: [HTTPClient] = []

  init(
    url: EndpointURL, allowsPrivate: Bool, credential: Credential?, limits: ExchangeLimits, surroundings: Surroundings
  ) {
    self.url = url
    self.allowsPrivate = allowsPrivate
    self.credential = credential
    self.limits = limits
    self.surroundings = surroundings
  }

  /// Closes every connection. The transport cannot be used afterwards.
  func close() async {
    let clients = retired + (current.map { [$0] } ?? [])
    (retired, current) = ([], nil)
    // Nothing is under way any more, so there is nothing that shutting down could fail to finish.
    for client in clients { try? await client.shutdown() }
  }

  /// - Throws: `NoAnswer`; `SuspectError.refusedAddress` or `unresolved`; `CancellationError`.
  func send(_ request: WireRequest) async throws -> WireResponse {
    let client = try await client()
    do {
      return try await Self.limited(milliseconds: limits.totalMilliseconds) { [self] in
        try await exchange(request, over: client)
      }
    } catch {
      try Task.checkCancellation()
      let fault = Self.fault(error)
      // The host may have moved: its name is looked up, and what is found is checked, anew.
      if fault.code == .unreachable, let stale = current, stale === client {
        retired.append(stale)
        current = nil
      }
      throw fault
    }
  }

  private func client() async throws -> HTTPClient {
    if let current { return current }
    let address = try await surroundings.resolve(url.host, url.port)
    // Another task may have connected meanwhile.
    if let current { return current }
    if let reason = AddressRule.refusal(of: address.networkBytes, allowsPrivate: allowsPrivate) {
      throw SuspectError.refusedAddress(host: url.host, address: address.ipAddress ?? "\(address)", rule: reason)
    }
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: .milliseconds(Int64(limits.connectMilliseconds))),
      decompression: .enabled(limit: .size(limits.bodyBytes)))
    configuration.httpVersion = .http1Only
    configuration.connectionPool.retryConnectionEstablishment = false
    AnswerFlood.limit(&configuration)
    // The checked address is what is connected to; the name goes into TLS and the Host header only.
    if let literal = address.ipAddress { configuration.dnsOverride = [url.host: literal] }
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    current = client
    return client
  }

  private nonisolated func exchange(_ request: WireRequest, over client: HTTPClient) async throws -> WireResponse {
    var wire = HTTPClientRequest(url: request.url)
    wire.headers.add(name: "Accept", value: request.accept)
    wire.headers.add(name: "Accept-Encoding", value: "gzip")
    wire.headers.add(name: "User-Agent", value: "dandyroll")
    var isCredentialPlaced = false
    for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) {
      guard let credential, value.contains("{{credential}}") else {
        wire.headers.add(name: name, value: value)
        continue
      }
      isCredentialPlaced = true
      wire.headers.add(name: name, value: value.replacingOccurrences(of: "{{credential}}", with: credential.value))
    }
    if let credential, !isCredentialPlaced {
      wire.headers.add(name: "Authorization", value: "Bearer \(credential.value)")
    }
    if let body = request.body {
      wire.method = .POST
      wire.headers.replaceOrAdd(name: "Content-Type", value: request.contentType)
      wire.body = .bytes(ByteBuffer(bytes: body))
    }
    let response = try await client.execute(
      wire, deadline: .now() + .milliseconds(Int64(limits.totalMilliseconds)))
    let headerBytes = response.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    guard headerBytes <= limits.headerBytes else {
      throw NoAnswer(.tooLarge, detail: "headers of \(headerBytes) bytes")
    }
    let announced = response.headers.first(name: "Content-Length").flatMap { Int($0) }
    guard announced ?? 0 <= limits.bodyBytes else {
      throw NoAnswer(.tooLarge, detail: "a body of \(announced ?? 0) bytes")
    }
    var body: [UInt8] = []
    for try await part in response.body {
      guard body.count + part.readableBytes <= limits.bodyBytes else {
        throw NoAnswer(.tooLarge, detail: "a body beyond \(limits.bodyBytes) bytes")
      }
      body.append(contentsOf: part.readableBytesView)
    }
    // The client takes an early end for an end. What was compressed has its own check.
    if let announced, !response.headers.contains(name: "Content-Encoding"), body.count != announced {
      throw NoAnswer(.reset, detail: "\(body.count) of \(announced) bytes")
    }
    return WireResponse(
      status: Int(response.status.code),
      retryAfter: response.headers.first(name: "Retry-After").flatMap {
        RetryAfter.seconds($0, now: surroundings.now())
      },
      location: response.headers.first(name: "Location").map {
        String(decoding: hidden(Array($0.utf8)), as: UTF8.self)
      },
      body: hidden(body))
  }

  /// The bytes without the credential: a server that echoes its request must not make us store it.
  private nonisolated func hidden(_ bytes: [UInt8]) -> [UInt8] {
    guard let credential, Data(bytes).range(of: Data(credential.value.utf8)) != nil else { return bytes }
    let text = String(decoding: bytes, as: UTF8.self)
    return Array(text.replacingOccurrences(of: credential.value, with: "\(credential)").utf8)
  }

  /// - Throws: what `body` throws, or `NoAnswer` with `timeout`.
  private static func limited<Value: Sendable>(
    milliseconds: Int, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
      group.addTask(operation: body)
      group.addTask {
        try await Task.sleep(for: .milliseconds(milliseconds))
        throw NoAnswer(.timeout, detail: "not done within \(milliseconds) ms")
      }
      defer { group.cancelAll() }
      guard let value = try await group.next() else { throw CancellationError() }
      return value
    }
  }

  /// Without the names of calls and their arguments.
  private static func words(of error: IOError) -> String { String(cString: strerror(error.errnoCode)) }

  private static func fault(_ error: any Error) -> NoAnswer {
    switch error {
    case let error as NoAnswer: return error
    case let error as HTTPClientError:
      switch error {
      case .deadlineExceeded, .readTimeout: return NoAnswer(.timeout)
      case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout:
        return NoAnswer(.unreachable, detail: PrintableText("\(error)", limit: 256).description)
      case .remoteConnectionClosed, .uncleanShutdown: return NoAnswer(.reset)
      default: return NoAnswer(.reset, detail: PrintableText("\(error)", limit: 256).description)
      }
    case let error as NIOHTTPDecompression.DecompressionError:
      return error == .limit
        ? NoAnswer(.tooLarge, detail: "a compressed body beyond the limit")
        : NoAnswer(.malformed, detail: "a compressed body that does not decompress")
    case is NIOHTTPDecompression.ExtraDecompressionError:
      return NoAnswer(.malformed, detail: "a compressed body that does not decompress")
    case let error as AnswerFlood:
      if case .bytes = error { return NoAnswer(.tooLarge, detail: error.description) }
      return NoAnswer(.malformed, detail: error.description)
    case HTTPParserError.headerOverflow: return NoAnswer(.tooLarge, detail: "too many or too long headers")
    case HTTPParserError.invalidEOFState: return NoAnswer(.reset)
    case let error as HTTPParserError:
      return NoAnswer(.malformed, detail: PrintableText("\(error)", limit: 256).description)
    case let error as IOError:
      let resets = [ECONNRESET, EPIPE, ENOTCONN, ECONNABORTED]
      return NoAnswer(
        resets.contains(error.errnoCode) ? .reset : .unreachable,
        detail: words(of: error))
    // One failure for each address that was tried.
    case let error as NIOConnectionError:
      guard let failure = error.connectionErrors.last?.error as? IOError else {
        return NoAnswer(.unreachable, detail: PrintableText("\(error)", limit: 256).description)
      }
      return NoAnswer(.unreachable, detail: words(of: failure))
    // BoringSSL's own words name source files.
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
      return NoAnswer(.unreachable, detail: "TLS: the certificate is not trusted, or there is no common version")
    default: return NoAnswer(.unreachable, detail: PrintableText("\(error)", limit: 256).description)
    }
  }
}

/// How much of a stranger's answer is taken in.
package struct ExchangeLimits: Sendable, Equatable {
  package var headerBytes = 32 << 10
  /// After decompression.
  package var bodyBytes = 4 << 20
  package var connectMilliseconds = 10_000
  /// From the first byte asked to the last byte answered, connecting included.
  package var totalMilliseconds = 60_000
  package var json = JSONLimits()

  package init() {}
}
