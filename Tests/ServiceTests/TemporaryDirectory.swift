import Foundation

/// A directory of its own for one test, removed when the test lets go of it.
final class TemporaryDirectory: Sendable {
  let path: String

  init(in parent: String? = nil) throws {
    // Short, because a socket's path may have only 107 bytes.
    let parent = parent ?? FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    path = "\(parent)/dr-\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let file = path + "/" + name
    let directory = URL(fileURLWithPath: file).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }
}

/// A tar with `content` in it: what the inbox takes for an archive. ASCII.
func archive(_ content: String = "archive") -> String {
  func field(_ text: String, _ width: Int) -> String {
    text + String(repeating: "\0", count: width - text.utf8.count)
  }
  func octal(_ value: Int, _ digits: Int) -> String {
    let text = String(value, radix: 8)
    return String(repeating: "0", count: digits - text.count) + text
  }
  let start =
    field("content", 100) + field("0000644", 8) + field("0000000", 8) + field("0000000", 8)
    + field(octal(content.utf8.count, 11), 12) + field("00000000000", 12)
  let end = "0" + field("", 100) + "ustar\0" + "00" + field("", 247)
  let sum = (start + "        " + end).utf8.reduce(0) { $0 + Int($1) }
  let header = start + octal(sum, 6) + "\0 " + end
  return header + field(content, (content.utf8.count + 511) / 512 * 512) + field("", 1024)
}

/// Whether something is at `path`.
func exists(_ path: String) -> Bool {
  FileManager.default.fileExists(atPath: path)
}

func contents(of directory: String) -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
}

/// The work directories of jobs.
func works(in directory: String) -> [String] {
  contents(of: directory).filter { $0 != ".arrivals" }
}

func text(at path: String) -> String? {
  FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
}

/// Permission bits; nil if nothing is at `path`.
func mode(of path: String) -> Int? {
  try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
}

/// Waits until `condition` holds; false after a minute, which is far more than anything here takes.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
  for _ in 0..<6000 {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(10))
  }
  return false
}
