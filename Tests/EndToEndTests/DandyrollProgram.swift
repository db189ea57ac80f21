import Foundation
import Testing

/// The built program as its users run it: a process with arguments, exit code and output.
struct DandyrollProgram {
  struct Ended {
    var code: Int32
    var output: String
    var errors: String
  }

  /// The executable beside the test bundle.
  static let path: String = {
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    let candidates = [bundle, bundle.deletingLastPathComponent()].map { $0.appendingPathComponent("dandyroll").path }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? candidates[0]
  }()

  /// Runs a command to its end.
  @discardableResult
  static func run(_ arguments: String..., expect code: Int32? = 0) async throws -> Ended {
    try await run(arguments, expect: code)
  }

  @discardableResult
  static func run(
    _ arguments: [String], expect code: Int32?, adding variables: [String: String]? = nil
  ) async throws -> Ended {
    let environment = variables.map { ProcessInfo.processInfo.environment.merging($0) { $1 } }
    let child = try await ChildProcess.run(path, arguments, environment: environment)
    let ended = Ended(
      code: child.code, output: String(decoding: child.output, as: UTF8.self),
      errors: String(decoding: child.errors, as: UTF8.self))
    if let code {
      #expect(ended.code == code, "\(arguments.joined(separator: " ")): \(ended.errors.suffix(500))")
    }
    return ended
  }
}

/// A directory that is gone after the test.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("dandyroll-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}
