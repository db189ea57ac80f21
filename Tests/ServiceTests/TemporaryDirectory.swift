import Foundation

/// A directory of its own for one test, removed when the test lets go of it.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    // Short, because a socket's path may have only 107 bytes.
    let parent = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
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

/// Whether something is at `path`.
func exists(_ path: String) -> Bool {
  FileManager.default.fileExists(atPath: path)
}

func contents(of directory: String) -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
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
