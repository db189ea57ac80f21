package import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// A server that sends without ever answering: its connection is closed before that costs a processor.
package enum AnswerFlood: Error, Sendable, Equatable {
  /// More than so many 1xx responses before the answer.
  case informational(limit: Int)
  /// More than so many bytes on the wire.
  case bytes(limit: Int)

  /// 100, 102, 103: honest servers send one or two.
  static let informationalResponses = 16
  /// Four times the largest body: what pieces of a few bytes each and what lies around them may take.
  static let wireBytes = 4 * ExchangeLimits().bodyBytes

  /// Puts the limits into every connection of a client.
  package static func limit(_ configuration: inout HTTPClient.Configuration) {
    configuration.http1_1ConnectionDebugInitializer = { channel in
      channel.eventLoop.submit {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(WireMeter(limit: wireBytes), position: .first)
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try pipeline.addHandler(InformationalMeter(limit: informationalResponses), position: .after(decoder))
      }
    }
  }
}

extension AnswerFlood: CustomStringConvertible {
  package var description: String {
    switch self {
    case .informational(let limit): "more than \(limit) informational responses and no answer"
    case .bytes(let limit): "more than \(limit) bytes on the wire"
    }
  }
}

/// Counts what comes in since the last request went out, encrypted or not.
private final class WireMeter: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer

  private let limit: Int
  private var received = 0

  init(limit: Int) { self.limit = limit }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    received = 0
    context.write(data, promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received += unwrapInboundIn(data).readableBytes
    guard received <= limit else {
      context.fireErrorCaught(AnswerFlood.bytes(limit: limit))
      return context.close(promise: nil)
    }
    context.fireChannelRead(data)
  }
}

/// Counts responses that announce an answer, and passes none of them on but the change of protocols, which ends the
/// exchange.
private final class InformationalMeter: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias InboundOut = HTTPClientResponsePart

  private let limit: Int
  private var responses = 0

  init(limit: Int) { self.limit = limit }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(let head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    guard (100..<200).contains(head.status.code), head.status != .switchingProtocols else {
      responses = 0
      return context.fireChannelRead(data)
    }
    responses += 1
    if responses == limit + 1 {
      context.fireErrorCaught(AnswerFlood.informational(limit: limit))
      context.close(promise: nil)
    }
  }
}
