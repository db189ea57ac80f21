import Foundation
import Glibc

/// A file or directory that is on disk before the program goes on: what a crash may interrupt but never corrupt.
struct DurableFile {
  let path: String

  init(_ path: String) { self.path = path }

  /// Writes a new file and its content through to the disk.
  /// - Throws: `WorkError.io` with the system's reason.
  func write(_ content: some Sequence<UInt8>, mode: mode_t = 0o644) throws {
    let descriptor = try SystemCall.run("create", path) { open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode) }
    defer { close(descriptor) }
    try Array(content).withUnsafeBytes { try SystemCall.write($0, to: descriptor, path) }
    try SystemCall.run("fsync", path) { fsync(descriptor) }
  }

  /// The directory that holds it: "." for a name alone.
  var parent: String {
    let names = path.split(separator: "/", omittingEmptySubsequences: true)
    let above = names.dropLast().joined(separator: "/")
    if path.hasPrefix("/") { return "/" + above }
    return above.isEmpty ? "." : above
  }

  /// Writes the content under a temporary name and renames it into place, so that the old or the new content is seen.
  func replace(with content: some Sequence<UInt8>, mode: mode_t = 0o644) throws {
    let temporary = DurableFile(path + ".partial")
    try temporary.write(content, mode: mode)
    try temporary.rename(to: path)
  }

  /// Renames within a filesystem and makes the new name durable.
  func rename(to destination: String) throws {
    try SystemCall.run("rename", destination) { Glibc.rename(path, destination) }
    try DurableFile(DurableFile(destination).parent).synchronise()
  }

  /// Moves a complete file to a name that nobody has taken, and makes the new name durable.
  /// - Returns: false if the name is taken; nothing is moved then.
  func claim(_ destination: String) throws -> Bool {
    if SystemCall.uninterrupted({ link(path, destination) }) != 0 {
      let number = errno
      guard number == EEXIST else { throw WorkError.io(path: destination, operation: "link", errno: number) }
      return false
    }
    try remove()
    try DurableFile(DurableFile(destination).parent).synchronise()
    return true
  }

  /// Flushes a file that someone else wrote, or a directory's entries.
  func synchronise() throws {
    let descriptor = try SystemCall.run("open", path) { open(path.isEmpty ? "." : path, O_RDONLY | O_CLOEXEC) }
    defer { close(descriptor) }
    try SystemCall.run("fsync", path) { fsync(descriptor) }
  }

  /// Sets the permissions of a file that someone else wrote.
  func setMode(_ mode: mode_t) throws {
    try SystemCall.run("set the mode of", path) { chmod(path, mode) }
  }

  /// Whether anything has this name, a link to nowhere among it.
  var exists: Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Creates a directory and its parents.
  func createDirectory(mode: Int = 0o755) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
    } catch {
      throw WorkError.io(path: path, operation: "create directory", errno: SystemCall.reason(of: error))
    }
  }

  /// Removes a file or a whole directory if it is there.
  func remove() throws {
    guard exists else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch {
      throw WorkError.io(path: path, operation: "remove", errno: SystemCall.reason(of: error))
    }
  }

  /// The whole content.
  func read() throws -> Data {
    do { return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) } catch {
      throw WorkError.io(path: path, operation: "read", errno: SystemCall.reason(of: error))
    }
  }

  /// Copies a file's bytes to a new file.
  func copy(to destination: String, mode: mode_t) throws { try DurableFile(destination).write(read(), mode: mode) }
}
