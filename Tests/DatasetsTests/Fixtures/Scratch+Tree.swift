import Foundation

@testable import Archives
@testable import Datasets

extension Scratch {
  /// Writes a file below a directory of this one, all with the same time.
  func put(_ content: [UInt8], at name: String) throws {
    let url = URL(filePath: file(name))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(content).write(to: url)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)], ofItemAtPath: url.path)
  }

  /// The names of all files below a directory of this one, sorted.
  func files(below name: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: file(name)).filter { path in
      var isDirectory: ObjCBool = false
      return FileManager.default.fileExists(atPath: file(name) + "/" + path, isDirectory: &isDirectory)
        && !isDirectory.boolValue
    }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// What a shell command prints, run in a directory of this one.
  func shell(_ command: String, in name: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = URL(filePath: file(name))
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }
}
