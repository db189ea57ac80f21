import Foundation
import Testing

/// A script of the repository, run by Python.
struct PythonScript {
  /// From the repository's root.
  let path: String

  func run(_ arguments: String...) async throws -> (code: Int32, output: Data) {
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("../..").standardizedFileURL
    let ended = try await ChildProcess.run(
      "/usr/bin/env", ["python3", root.appendingPathComponent(path).path] + arguments)
    return (ended.code, ended.output)
  }
}

/// A third party's check of an evidence package.
enum VerifyScript {
  static func run(_ package: String) async throws -> (code: Int32, output: [String: Any]) {
    let (code, data) = try await PythonScript(path: "docs/verify_evidence.py").run(package, "--json")
    return (code, try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:])
  }
}
