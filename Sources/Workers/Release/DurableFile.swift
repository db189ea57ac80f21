import Foundation
import Glibc

/// A file or directory that is on disk before the program goes on: what a crash may interrupt but never corrupt.
struct DurableFile {
  let path: String

  init(_ path: String) { self.path = path }

  /// Writes a new file and its content through to the disk.
  ///
  /// A file that others may not read is made anew with its mode, so that nobody can have it open.
  /// - Throws: `WorkError.io` with the system's reason.
  func write(_ content: some Sequence<UInt8>, mode: mode_t = 0o644) throws {
    let isSecret = mode & 0o077 == 0
    if isSecret, unlink(path) != 0, errno != ENOENT {
      throw WorkError.io(path: path, operation: "replace", errno: errno)
    }
    try fill(O_CREAT | (isSecret ? O_EXCL | O_NOFOLLOW : O_TRUNC), content, mode: mode)
  }

  /// Writes a file that nobody else may read, where there is none.
  /// - Throws: `WorkError.alreadyThere`; `io` with the system's reason.
  func create(_ content: some Sequence<UInt8>) throws {
    try fill(O_CREAT | O_EXCL | O_NOFOLLOW, content, mode: 0o600)
  }

  private func fill(_ flags: Int32, _ content: some Sequence<UInt8>, mode: mode_t) throws {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, mode)
    guard descriptor >= 0 else {
      if errno == EEXIST { throw WorkError.alreadyThere(path: path) }
      throw WorkError.io(path: path, operation: "create", errno: errno)
    }
    defer { close(descriptor) }
    let bytes = Array(content)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw WorkError.io(path: path, operation: "write", errno: errno) }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw WorkError.io(path: path, operation: "fsync", errno: errno) }
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
    guard Glibc.rename(path, destination) == 0 else {
      throw WorkError.io(path: destination, operation: "rename", errno: errno)
    }
    try DurableFile(DurableFile(destination).parent).synchronise()
  }

  /// Moves a complete file to a name that nobody has taken, and makes the new name durable.
  /// - Returns: false if the name is taken; nothing is moved then.
  func claim(_ destination: String) throws -> Bool {
    if link(path, destination) != 0 {
      guard errno == EEXIST else { throw WorkError.io(path: destination, operation: "link", errno: errno) }
      return false
    }
    try remove()
    try DurableFile(DurableFile(destination).parent).synchronise()
    return true
  }

  /// Flushes a file that someone else wrote, or a directory's entries.
  func synchronise() throws {
    let descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw WorkError.io(path: path, operation: "open", errno: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw WorkError.io(path: path, operation: "fsync", errno: errno) }
  }

  /// Creates a directory and its parents, each with its mode from its first moment on.
  func createDirectory(mode: mode_t = 0o755) throws {
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
  func remove() throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch {
      throw WorkError.io(path: path, operation: "remove", errno: errno)
    }
  }

  /// Copies a file's bytes to a new file.
  func copy(to destination: String, mode: mode_t) throws {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) } catch {
      throw WorkError.io(path: path, operation: "read", errno: errno)
    }
    try DurableFile(destination).write(data, mode: mode)
  }
}
