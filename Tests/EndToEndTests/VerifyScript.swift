import Foundation

/// A third party's check of an evidence package: `docs/verify_evidence.py`, run by Python.
enum VerifyScript {
  private static let path = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("../../docs/verify_evidence.py").standardizedFileURL.path

  static func run(_ package: String) throws -> (code: Int32, output: [String: Any]) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", path, package, "--json"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:])
  }
}
