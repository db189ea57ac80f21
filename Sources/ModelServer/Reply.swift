import Foundation
import Foundations
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers that both dialects give.
enum Reply {
  /// Bytes of a request's body at most: 256 images of 64×64 in three channels, written as decimal numbers.
  static let largestBody = 16 << 20

  // The name is a token, so that this never is nil; a missing field would only make an answer unreadable.
  static let inferenceHeader = HTTPField.Name("Inference-Header-Content-Length") ?? .contentLength

  static var notFound: Response { json(text: "{\"error\":\"no such model, version or verb\"}", status: .notFound) }

  static func body(of request: Request) async throws -> [UInt8] {
    do {
      return Array(buffer: try await request.body.collect(upTo: largestBody))
    } catch is NIOTooManyBytesError {
      throw ServingError.request(reason: "more than \(largestBody) bytes")
    }
  }

  static func json(_ value: some Encodable) throws -> Response {
    json(text: String(decoding: try CanonicalJSON.strict(value), as: UTF8.self))
  }

  static func json(text: String, status: HTTPResponse.Status = .ok, retryAfter: Int? = nil) -> Response {
    var headers: HTTPFields = [.contentType: "application/json"]
    if let retryAfter { headers[.retryAfter] = String(retryAfter) }
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// The answer, or the error as the protocols have it.
  static func guarded(_ body: () async throws -> Response) async throws -> Response {
    do {
      return try await body()
    } catch let error as ServingError {
      let text = "{\"error\":\(quoted(error.description))}"
      switch error {
      case .full: return json(text: text, status: .serviceUnavailable, retryAfter: 1)
      case .request: return json(text: text, status: .badRequest)
      case .rehearsed, .classes, .unreadable, .address: return json(text: text, status: .internalServerError)
      }
    }
  }

  static func quoted(_ text: String) -> String {
    guard let bytes = try? CanonicalJSON.strict(text) else { preconditionFailure("a string is JSON") }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A part of the path, its escapes undone: the router leaves them as they are.
  static func part(_ name: String, of context: BasicRequestContext) -> String? {
    context.parameters.get(name).map { $0.removingPercentEncoding ?? $0 }
  }

  /// A model's name as a component of a path.
  static func escaped(_ name: String) -> String {
    let plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    return name.addingPercentEncoding(withAllowedCharacters: CharacterSet(charactersIn: plain)) ?? name
  }
}
