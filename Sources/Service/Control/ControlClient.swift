import AsyncHTTPClient
import Foundation
import Foundations
import Glibc
import HTTPTypes
import Jobs
import NIOCore
import NIOHTTP1
import ServiceFoundation

/// Speaks to a running daemon over its control socket.
package struct ControlClient: Sendable {
  private let socket: String

  /// `socket` is the path that the configuration gives.
  package init(socket: String) {
    self.socket = socket
  }

  package func status() async throws(ServiceError) -> StatusReport {
    try await request(.GET, "/v1/status")
  }

  package func jobs(limit: Int) async throws(ServiceError) -> JobsReport {
    try await request(.GET, "/v1/jobs?limit=\(limit)")
  }

  package func job(_ id: String) async throws(ServiceError) -> JobReport {
    try await request(.GET, "/v1/jobs/\(Self.escaped(id))")
  }

  package func retry(_ id: String) async throws(ServiceError) -> JobReport {
    try await request(.POST, "/v1/jobs/\(Self.escaped(id))/retry")
  }

  package func cancel(_ id: String) async throws(ServiceError) -> JobReport {
    try await request(.POST, "/v1/jobs/\(Self.escaped(id))/cancel")
  }

  package func retrain(_ dataset: String) async throws(ServiceError) -> JobReport {
    try await request(.POST, "/v1/datasets/\(Self.escaped(dataset))/retrain")
  }

  /// Audits of one suspect, or of all for nil; at most `limit` a suspect.
  package func audits(of suspect: String?, limit: Int) async throws(ServiceError) -> AuditsReport {
    try await request(.GET, "/v1/audits?limit=\(limit)" + (suspect.map { "&suspect=\(Self.escaped($0))" } ?? ""))
  }

  package func audit(_ suspect: String) async throws(ServiceError) -> JobReport {
    try await request(.POST, "/v1/suspects/\(Self.escaped(suspect))/audit")
  }

  /// Lets a held release out.
  package func publish(_ release: String) async throws(ServiceError) -> JobReport {
    try await request(.POST, "/v1/releases/\(Self.escaped(release))/publish")
  }

  package func buildPanel(_ dataset: String) async throws(ServiceError) -> JobReport {
    try await request(.POST, "/v1/datasets/\(Self.escaped(dataset))/panel")
  }

  /// `panel.json` of the dataset's newest release that has a panel, as it was written.
  package func panel(_ dataset: String) async throws(ServiceError) -> [UInt8] {
    try await bytes(.GET, "/v1/datasets/\(Self.escaped(dataset))/panel")
  }

  private static func escaped(_ part: String) -> String {
    part.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-_."))) ?? part
  }

  /// Answers stay far below this; it bounds what a wrong server at the socket could send.
  private static let longestAnswer = 64 << 20

  private func request<Answer: Decodable>(
    _ method: HTTPMethod, _ uri: String
  ) async throws(ServiceError) -> Answer {
    let body = try await bytes(method, uri)
    do {
      return try CanonicalJSON.decode(Answer.self, from: body)
    } catch {
      throw .unreadableAnswer(message: "\(error)")
    }
  }

  private func bytes(_ method: HTTPMethod, _ uri: String) async throws(ServiceError) -> [UInt8] {
    // Asked first, because it tells "not there" from "not allowed" without guessing from an error's text.
    guard access(socket, R_OK | W_OK) == 0 else {
      throw errno == EACCES ? .notAllowed(socket: socket) : .notRunning(socket: socket)
    }
    guard let url = URL(httpURLWithSocketPath: socket, uri: uri) else { throw .notRunning(socket: socket) }
    let status: Int
    let body: [UInt8]
    let client = HTTPClient(eventLoopGroupProvider: .singleton)
    do {
      var request = HTTPClientRequest(url: url.absoluteString)
      request.method = method
      let answer = try await client.execute(request, timeout: .seconds(30))
      status = Int(answer.status.code)
      body = Array(buffer: try await answer.body.collect(upTo: Self.longestAnswer))
      try await client.shutdown()
    } catch {
      try? await client.shutdown()
      throw .notRunning(socket: socket)
    }
    if status == 200 { return body }
    if let problem = try? CanonicalJSON.decode(ProblemReport.self, from: body) {
      throw .refused(status: status, code: problem.error.code, message: problem.error.message)
    }
    throw .unreadableAnswer(message: "HTTP status \(status)")
  }
}
