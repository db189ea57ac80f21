import HTTPTypes
import Hummingbird
import Logging
import ServiceConfiguration
import ServiceFoundation

/// What stands between the network and the status page: only reading, only under names that are known, and answers that
/// a browser neither runs, frames, keeps nor passes on.
struct PageGuard: RouterMiddleware {
  typealias Context = BasicRequestContext

  /// Nil where the address of the caller says enough: on a Unix socket.
  let hosts: Set<String>?
  let logger: Logger
  /// The page for a refusal: title and sentence.
  let notice: @Sendable (_ title: String, _ sentence: String) -> String

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = await answer(request, context, next)
    response.headers[.contentSecurityPolicy] = """
      default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; \
      frame-ancestors 'none'
      """
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.cacheControl] = "no-store"
    for (name, value) in Self.headers { response.headers[name] = value }
    return response
  }

  private static let headers: [(HTTPField.Name, String)] = [
    ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"), ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
  ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }

  private func answer(
    _ request: Request, _ context: Context, _ next: (Request, Context) async throws -> Response
  ) async -> Response {
    guard request.method == .get || request.method == .head else {
      var response = refusal(.methodNotAllowed, "Only for reading", "This page answers GET and HEAD alone.")
      response.headers[.allow] = "GET, HEAD"
      return response
    }
    guard isKnown(request.head.authority) else {
      return refusal(
        .misdirectedRequest, "Unknown name",
        "This server does not answer under that name. Use its address, or add the name to page.hosts.")
    }
    do {
      return try await next(request, context)
    } catch let error as any HTTPResponseError where error.status == .notFound {
      return refusal(.notFound, "Not here", "There is no such page.")
    } catch let error as any DaemonError where error.answer.status == .notFound {
      return refusal(.notFound, "Not here", "\(error)")
    } catch {
      logger.error("the status page failed: \(error)", metadata: ["path": "\(request.uri.path)"])
      return refusal(.internalServerError, "An error", "The page cannot be made; the daemon's log says why.")
    }
  }

  private func refusal(_ status: HTTPResponse.Status, _ title: String, _ sentence: String) -> Response {
    var response = Response(page: notice(title, sentence))
    response.status = status
    return response
  }

  /// A page on another site can have its own name point here, and then read what it gets: such a name is not known.
  private func isKnown(_ authority: String?) -> Bool {
    guard let hosts else { return true }
    guard let authority else { return false }
    var host = authority
    if let colon = authority.lastIndex(of: ":"), authority[authority.index(after: colon)...].allSatisfy(\.isNumber) {
      host = String(authority[..<colon])
    }
    guard let bare = PageAddress.bare(host)?.lowercased() else { return false }
    return bare == "localhost" || IPAddress(bare) != nil || hosts.contains(bare)
  }
}

extension Response {
  /// An HTML page.
  init(page: String) {
    self.init(
      status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
  }
}
