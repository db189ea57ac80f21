import AsyncHTTPClient
import Evidence
import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import ServiceConfiguration
import ServiceFoundation
import Suspects

/// The two ways in which people are told: a program that finds the alert on its standard input, and a POST.
struct AlertDelivery: Sendable {
  /// Why an alert was not taken.
  struct Refused: Error, CustomStringConvertible {
    var description: String
  }

  var settings: AlertSettings
  /// The owner's secret key file; empty for none.
  var signingKey: String

  /// Base64 of the Ed25519 signature over the body; nil without a key.
  private func signature(of body: String) async throws -> String? {
    guard !signingKey.isEmpty else { return nil }
    let text = try await Blocking.run { [signingKey] () throws(ServiceError) in try SecretFile.read(signingKey) }
    do {
      return Data(try OwnerKey(text: text).signature(of: Array(body.utf8))).base64EncodedString()
    } catch {
      throw Refused(description: "\(signingKey): \(error)")
    }
  }

  /// Runs the command to its end; exit code 0 means that it has taken the alert.
  func command(_ body: String, id: String) async throws {
    var environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "DANDYROLL_ALERT": id]
    environment["DANDYROLL_SIGNATURE"] = try await signature(of: body)
    let settings = settings
    let variables = environment
    try await Blocking.run {
      let program = settings.command[0]
      guard access(program, X_OK) == 0 else { throw Refused(description: "\(program): \(Errno.text(errno))") }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: program)
      process.arguments = Array(settings.command.dropFirst())
      process.environment = variables
      let input = Pipe()
      process.standardInput = input
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      do { try process.run() } catch {
        throw Refused(description: "\(program): cannot be run: \(error.localizedDescription)")
      }
      // A command that does not read would block us at the pipe's end; alerts fit into the pipe's buffer of 64 KiB.
      try? input.fileHandleForWriting.write(contentsOf: Data((body + "\n").utf8))
      try? input.fileHandleForWriting.close()
      var left = settings.timeout.milliseconds
      while process.isRunning, left > 0 {
        Thread.sleep(forTimeInterval: 0.02)
        left -= 20
      }
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        throw Refused(description: "\(program): not done after \(DurationText.text(settings.timeout))")
      }
      guard process.terminationStatus == 0 else {
        throw Refused(description: "\(program): ended with \(process.terminationStatus)")
      }
    }
  }

  /// A status in 200 … 299 means that the alert has been taken. Redirects are not followed.
  func post(_ body: String, id: String) async throws {
    var request = HTTPClientRequest(url: settings.webhook)
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/json")
    request.headers.add(name: "User-Agent", value: "dandyroll")
    request.headers.add(name: "Idempotency-Key", value: id)
    if let signature = try await signature(of: body) {
      request.headers.add(name: "X-Dandyroll-Signature", value: "ed25519=\(signature)")
    }
    request.body = .bytes(ByteBuffer(string: body))
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.httpVersion = .http1Only
    AnswerFlood.limit(&configuration)
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let status: Int
    do {
      let answer = try await client.execute(request, timeout: .milliseconds(Int64(settings.timeout.milliseconds)))
      status = Int(answer.status.code)
      try await client.shutdown()
    } catch {
      try? await client.shutdown()
      let reason = (error as? HTTPClientError)?.shortDescription ?? "\(error)"
      throw Refused(description: "\(settings.webhook): \(reason)")
    }
    guard (200..<300).contains(status) else { throw Refused(description: "\(settings.webhook): HTTP status \(status)") }
  }
}
