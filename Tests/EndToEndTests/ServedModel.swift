import Foundation

/// A model file behind `dandyroll model serve`, until this goes.
final class ServedModel {
  private let process = Process()
  private let output: String

  /// - Parameter directory: where its output goes.
  init(_ file: String, in directory: TemporaryDirectory) throws {
    output = directory.file("\(UUID().uuidString).out")
    try Data().write(to: URL(fileURLWithPath: output))
    process.executableURL = URL(fileURLWithPath: DandyrollProgram.path)
    process.arguments = ["model", "serve", file, "--port", "0", "--threads", "1"]
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
  }

  /// The model's address, once it answers.
  var url: String? {
    let text = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
    return text.split(separator: "\n").first { $0.hasPrefix("serving ") }.map { String($0.dropFirst(8)) }
  }
}
