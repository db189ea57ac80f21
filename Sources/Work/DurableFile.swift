package import Foundation
import Glibc

/// A file or directory that is on disk before the program goes on: what a crash may interrupt but never corrupt.
package struct DurableFile {
  let path: String

  package init(_ path: String) { self.path = path }

  /// Writes a new file and its content through to the disk.
  ///
  /// A file that others may not read is made anew with its mode, so that nobody can have it open.
  /// - Throws: `WorkError.io` with the system's reason.
  package func write(_ content: some Sequence<UInt8>, mode: mode_t = 0o644) throws {
    let isSecret = mode & 0o077 == 0
    if isSecret, DurableFile(path).exists { try SystemCall.run("replace", path) { unlink(path) } }
    try fill(O_CREAT | (isSecret ? O_EXCL | O_NOFOLLOW : O_TRUNC), content, mode: mode)
  }

  /// Writes a file that nobody else may read, where there is none.
  /// - Throws: `WorkError.alreadyThere`; `io` with the system's reason.
  func create(_ content: some Sequence<UInt8>) throws {
    do { try fill(O_CREAT | O_EXCL | O_NOFOLLOW, content, mode: 0o600) } catch WorkError.io(_, _, EEXIST) {
      throw WorkError.alreadyThere(path: path)
    }
  }

  private func fill(_ flags: Int32, _ content: some Sequence<UInt8>, mode: mode_t) throws {
    let descriptor = try SystemCall.run("create", path) { open(path, O_WRONLY | O_CLOEXEC | flags, mode) }
    defer { close(descriptor) }
    try Array(content).withUnsafeBytes { try SystemCall.write($0, to: descriptor, path) }
    try SystemCall.run("fsync", path) { fsync(descriptor) }
  }

  /// The directory that holds it: "." for a name alone.
  package var parent: String {
    let names = path.split(separator: "/", omittingEmptySubsequences: true)
    let above = names.dropLast().joined(separator: "/")
    if path.hasPrefix("/") { return "/" + above }
    return above.isEmpty ? "." : above
  }

  /// Writes the content under a temporary name and renames it into place, so that the old or the new content is seen.
  package func replace(with content: some Sequence<UInt8>, mode: mode_t = 0o644) throws {
    let temporary = DurableFile(path + ".partial")
    try temporary.write(content, mode: mode)
    try temporary.rename(to: path)
  }

  /// Renames within a filesystem and makes the new name durable.
  package func rename(to destination: String) throws {
    try SystemCall.run("rename", destination) { Glibc.rename(path, destination) }
    try DurableFile(DurableFile(destination).parent).synchronise()
  }

  /// Moves a complete file to a name that nobody has taken, and makes the new name durable.
  /// - Returns: false if the name is taken; nothing is moved then.
  package func claim(_ destination: String) throws -> Bool {
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
  package func synchronise() throws {
    let descriptor = try SystemCall.run("open", path) { open(path.isEmpty ? "." : path, O_RDONLY | O_CLOEXEC) }
    defer { close(descriptor) }
    try SystemCall.run("fsync", path) { fsync(descriptor) }
  }

  /// Whether anything has this name, a link to nowhere among it.
  package var exists: Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Creates a directory and its parents, each with its mode from its first moment on.
  package func createDirectory(mode: mode_t = 0o755) throws {
    if mkdir(path, mode) != 0 {
      var number = errno
      if number == ENOENT, parent != path {
        try DurableFile(parent).createDirectory(mode: mode)
        number = mkdir(path, mode) == 0 ? 0 : errno
      }
      var isDirectory: ObjCBool = false
      if number != 0 {
        guard number == EEXIST, FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
          isDirectory.boolValue
        else { throw WorkError.io(path: path, operation: "create directory", errno: number) }
        return
      }
    }
    // What is for others gets back what the umask has taken.
    if mode & 0o077 != 0, chmod(path, mode) != 0 {
      throw WorkError.io(path: path, operation: "set the mode of", errno: errno)
    }
  }

  /// Removes a file or a whole directory if it is there.
  package func remove() throws {
    guard exists else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch {
      throw WorkError.io(path: path, operation: "remove", errno: SystemCall.reason(of: error))
    }
  }

  /// The whole content.
  package func read() throws -> Data {
    do { return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) } catch {
      throw WorkError.io(path: path, operation: "read", errno: SystemCall.reason(of: error))
    }
  }

  /// Copies a file's bytes to a new file.
  package func copy(to destination: String, mode: mode_t) throws {
    try DurableFile(destination).write(read(), mode: mode)
  }
}
