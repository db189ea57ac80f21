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
  static func run(_ arguments: String..., expect code: Int32? = 0) throws -> Ended {
    try run(arguments, expect: code)
  }

  @discardableResult
  static func run(_ arguments: [String], expect code: Int32?) throws -> Ended {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let files = try ["out", "err"].map { name in
      let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).\(name)")
      try Data().write(to: url)
      return (url, try FileHandle(forWritingTo: url))
    }
    defer { for (url, _) in files { try? FileManager.default.removeItem(at: url) } }
    process.standardOutput = files[0].1
    process.standardError = files[1].1
    try process.run()
    process.waitUntilExit()
    let texts = files.map { String(decoding: FileManager.default.contents(atPath: $0.0.path) ?? Data(), as: UTF8.self) }
    let ended = Ended(code: process.terminationStatus, output: texts[0], errors: texts[1])
    if let code {
      #expect(ended.code == code, "\(arguments.joined(separator: " ")): \(ended.errors.suffix(500))")
    }
    return ended
  }
}

/// A directory that is gone after the test.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("dandyroll-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}
