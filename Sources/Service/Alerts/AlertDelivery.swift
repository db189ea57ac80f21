import AsyncHTTPClient
import Evidence
import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import ServiceConfiguration
import ServiceFoundation
import Subprocess
import Suspects
import SystemPackage

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
    let text = try await Blocking.run { [signingKey] () throws(FileError) in try SecretFile.read(signingKey) }
    do {
      return Data(try OwnerKey(text: text).signature(of: Array(body.utf8))).base64EncodedString()
    } catch {
      throw Refused(description: "\(signingKey): \(error)")
    }
  }

  /// Runs the command to its end; exit code 0 means that it has taken the alert. One that is not done in time is killed,
  /// and with it what it has started.
  func command(_ body: String, id: String) async throws {
    var variables: [Environment.Key: String] = [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "DANDYROLL_ALERT": id,
    ]
    variables["DANDYROLL_SIGNATURE"] = try await signature(of: body)
    let program = settings.command[0]
    guard access(program, X_OK) == 0 else { throw Refused(description: "\(program): \(Errno.text(errno))") }
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
    let command = Subprocess.Configuration(
      executable: .path(FilePath(program)), arguments: Arguments(Array(settings.command.dropFirst())),
      environment: .custom(variables), platformOptions: options)
    let input = try Self.input(body + "\n")
    do {
      let status: TerminationStatus? = try await withThrowingTaskGroup(of: TerminationStatus?.self) {
        [timeout = settings.timeout] group in
        defer { group.cancelAll() }
        group.addTask {
          try await Subprocess.run(
            command, input: .fileDescriptor(input, closeAfterSpawningProcess: true), output: .discarded,
            error: .discarded
          ).terminationStatus
        }
        group.addTask {
          try await Task.sleep(for: timeout)
          return nil
        }
        return try await group.next() ?? nil
      }
      switch status {
      case .exited(0): return
      case .exited(let code): throw Refused(description: "\(program): ended with \(code)")
      case .signaled(let signal): throw Refused(description: "\(program): ended with \(signal)")
      case nil: throw Refused(description: "\(program): not done after \(DurationText.text(settings.timeout))")
      }
    } catch let error as SubprocessError {
      throw Refused(description: "\(program): cannot be run: \(error.description)")
    } catch is CancellationError {
      throw Refused(description: "\(program): cut off, because the daemon stops")
    }
  }

  /// The reading end of a pipe that the text lies in. swift-subprocess 1.0.2 can write input itself, but traps when a
  /// command ends without having read it.
  private static func input(_ text: String) throws(Refused) -> SystemPackage.FileDescriptor {
    var ends: [Int32] = [-1, -1]
    // Jobs and commands are started with no descriptor but their own.
    guard pipe(&ends) == 0 else { throw Refused(description: "no pipe: \(Errno.text(errno))") }
    defer { close(ends[1]) }
    // Alerts fit into a pipe's buffer of 64 KiB; one that does not is refused here and waits for nobody.
    let bytes = Array(text.utf8)
    guard fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0, write(ends[1], bytes, bytes.count) == bytes.count else {
      close(ends[0])
      throw Refused(description: "an alert of \(bytes.count) bytes does not fit into a pipe")
    }
    return SystemPackage.FileDescriptor(rawValue: ends[0])
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
