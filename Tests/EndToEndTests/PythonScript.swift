import Foundation
import Testing

/// A script of the repository, run by Python.
struct PythonScript {
  /// From the repository's root.
  let path: String

  func run(_ arguments: String...) throws -> (code: Int32, output: Data) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("../..").standardizedFileURL
    process.arguments = ["python3", root.appendingPathComponent(path).path] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, data)
  }
}

/// A third party's check of an evidence package.
enum VerifyScript {
  static func run(_ package: String) throws -> (code: Int32, output: [String: Any]) {
    let (code, data) = try PythonScript(path: "docs/verify_evidence.py").run(package, "--json")
    return (code, try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:])
  }
}

/// Pictures of ten patterns, easily learned, and marks on them too.
enum DrawnPictures {
  static func write(to path: String) throws {
    let ended = try PythonScript(path: "Tests/Pictures/drawn_archive.py").run(path)
    #expect(ended.code == 0)
  }
}
