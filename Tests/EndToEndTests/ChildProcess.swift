import Foundation

/// Another program, run to its end without keeping one of the tests' threads: there are as many as cores, and a test that
/// plays a server needs one to be in time.
enum ChildProcess {
  struct Ended {
    var code: Int32
    var output: Data
    var errors: Data
  }

  static func run(
    _ program: String, _ arguments: [String], in directory: String? = nil, environment: [String: String]? = nil
  ) async throws -> Ended {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    if let environment { process.environment = environment }
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    // Files and not pipes, which a program that says much would fill.
    let files = try ["out", "err"].map { name in
      let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).\(name)")
      try Data().write(to: url)
      return (url, try FileHandle(forWritingTo: url))
    }
    defer { for (url, _) in files { try? FileManager.default.removeItem(at: url) } }
    process.standardOutput = files[0].1
    process.standardError = files[1].1
    let code = try await withCheckedThrowingContinuation { ended in
      process.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch {
        process.terminationHandler = nil
        ended.resume(throwing: error)
      }
    }
    let texts = try files.map { try Data(contentsOf: $0.0) }
    return Ended(code: code, output: texts[0], errors: texts[1])
  }
}
