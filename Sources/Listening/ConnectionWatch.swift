import NIOCore
import NIOHTTPTypes

/// Watches one connection: whose turn it is, and for how long the other end has left us waiting.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// What happens next.
  private enum Turn {
    case head
    case body
    /// Ours.
    case work
    /// The other end is to take the answer.
    case answer
  }

  private let connections: ConnectionLimit
  private var turn = Turn.head
  /// Requests whose answer is not written yet.
  private var open = 0
  private var alarm: Scheduled<Void>?

  init(_ connections: ConnectionLimit) {
    self.connections = connections
  }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { begin(context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    begin(context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    alarm?.cancel()
    connections.leave(context.channel)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    alarm?.cancel()
    connections.leave(context.channel)
  }

  private func begin(_ context: ChannelHandlerContext) {
    connections.enter(context.channel)
    take(.head, context)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      open += 1
      take(.body, context)
    case .body: break
    case .end: if turn == .body { take(.work, context) }
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head:
      if turn == .work { take(.answer, context) }
      context.write(data, promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      let isTaken = promise ?? context.eventLoop.makePromise(of: Void.self)
      isTaken.futureResult.assumeIsolated().whenSuccess { [self] in answered(context) }
      context.write(data, promise: isTaken)
    }
  }

  private func answered(_ context: ChannelHandlerContext) {
    open = max(0, open - 1)
    // An answer may come before the end of its request.
    if turn != .body { take(open > 0 ? .work : .head, context) }
  }

  private func take(_ next: Turn, _ context: ChannelHandlerContext) {
    turn = next
    alarm?.cancel()
    connections.note(context.channel, isWaiting: next != .work)
    let patience: TimeAmount? =
      switch next {
      case .head: connections.patience.head
      case .body: connections.patience.body
      case .work: nil
      case .answer: connections.patience.answer
      }
    alarm = patience.map { patience in
      let channel = context.channel
      return context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
    }
  }
}
