package import Foundation
import Glibc

/// A file or directory that is on disk before the program goes on: what a crash may interrupt but never corrupt.
package struct DurableFile {
  let path: String

  package init(_ path: String) { self.path = path }

  /// Writes a new file and its content through to the disk.
  ///
  /// A file that others may not read is made anew with its mode, so that nobody can have it open.
  package func write(_ content: some Sequence<UInt8>, mode: mode_t = 0o644) throws(SystemCall.Failure) {
    var writer = try Writer(path, mode: mode)
    try writer.write(content)
    try writer.synchronise()
  }

  /// Writes a file that nobody else may read, where there is none.
  /// - Throws: EEXIST where there is one.
  package func create(_ content: some Sequence<UInt8>) throws(SystemCall.Failure) {
    var writer = try Writer(path, O_EXCL | O_NOFOLLOW, mode: 0o600)
    try writer.write(content)
    try writer.synchronise()
  }

  /// Writes the content under a temporary name beside it and renames it into place, so that the old or the new content is
  /// seen.
  /// - Parameters:
  ///   - exactly: whether the file gets its mode whatever the umask takes from it.
  ///   - temporary: the name until then; nil for the path and `.partial`.
  package func replace(
    with content: some Sequence<UInt8>, mode: mode_t = 0o644, exactly: Bool = false, under temporary: String? = nil
  ) throws(SystemCall.Failure) {
    var writer = try Writer(replacing: path, mode: mode, exactly: exactly, under: temporary)
    try writer.write(content)
    try writer.commit()
  }

  /// The directory that holds it: "." for a name alone.
  package var parent: String {
    let names = path.split(separator: "/", omittingEmptySubsequences: true)
    let above = names.dropLast().joined(separator: "/")
    if path.hasPrefix("/") { return "/" + above }
    return above.isEmpty ? "." : above
  }

  /// Renames within a filesystem and makes the new name durable.
  package func rename(to destination: String) throws(SystemCall.Failure) {
    try SystemCall.run("rename", destination) { Glibc.rename(path, destination) }
    try DurableFile(DurableFile(destination).parent).synchronise()
  }

  /// Moves a complete file to a name that nobody has taken, and makes the new name durable.
  /// - Returns: false if the name is taken; nothing is moved then.
  package func claim(_ destination: String) throws(SystemCall.Failure) -> Bool {
    do throws(SystemCall.Failure) {
      try SystemCall.run("link", destination) { link(path, destination) }
    } catch {
      guard error.errno == EEXIST else { throw error }
      return false
    }
    try remove()
    try DurableFile(DurableFile(destination).parent).synchronise()
    return true
  }

  /// Flushes a file that someone else wrote, or a directory's entries.
  package func synchronise() throws(SystemCall.Failure) {
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
  package func createDirectory(mode: mode_t = 0o755) throws(SystemCall.Failure) {
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
        else { throw .init(path: path, operation: "create directory", errno: number) }
        return
      }
    }
    // What is for others gets back what the umask has taken.
    if mode & 0o077 != 0 { try SystemCall.run("set the mode of", path) { chmod(path, mode) } }
  }

  /// Removes a file or a whole directory if it is there.
  package func remove() throws(SystemCall.Failure) {
    guard exists else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch {
      throw .init(path: path, operation: "remove", errno: SystemCall.reason(of: error))
    }
  }

  /// The whole content.
  package func read() throws(SystemCall.Failure) -> Data {
    do { return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) } catch {
      throw .init(path: path, operation: "read", errno: SystemCall.reason(of: error))
    }
  }

  /// Copies a file's bytes to a new file.
  package func copy(to destination: String, mode: mode_t) throws(SystemCall.Failure) {
    try DurableFile(destination).write(read(), mode: mode)
  }
}
