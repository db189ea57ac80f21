package import CLinux
import Glibc

/// Directories by their paths. Blocks.
package enum Directory {
  package static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  package static func name(of path: String) -> String {
    String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
  }

  /// Whether a directory is at `path`, links followed.
  ///
  /// - Throws: `FileError.failed` when that cannot be told: what cannot be looked at may well be there.
  package static func exists(_ path: String) throws(FileError) -> Bool {
    var file = clinux_file()
    let result = clinux_follow(path, &file)
    if result == -ENOENT || result == -ENOTDIR { return false }
    guard result == 0 else { throw .failed(operation: "look at", path: path, errno: -result) }
    return file.kind == CLINUX_FILE_DIRECTORY
  }

  /// Makes `path` with exactly `mode`, and whatever is missing above it with 0755; what exists is left as it is.
  package static func make(_ path: String, mode: mode_t) throws(FileError) {
    if try exists(path) { return }
    let above = parent(of: path)
    if above != path { try make(above, mode: 0o755) }
    do {
      try FileBoundary.call("make the directory", path) { mkdir(path, mode & 0o777) }
    } catch {
      if case .failed(_, _, EEXIST) = error, try exists(path) { return }
      throw error
    }
    // The service manager's umask may have taken bits that the mode needs.
    try FileBoundary.call("set the mode of", path) { chmod(path, mode) }
    try sync(above)
  }

  package static func sync(_ path: String) throws(FileError) {
    try OpenFile(path, O_RDONLY | O_DIRECTORY).sync()
  }

  /// Forces everything that was written to the file system of a directory to the disk: one call for many files.
  package static func syncFilesystem(of path: String) throws(FileError) {
    let directory = try OpenFile(path, O_RDONLY | O_DIRECTORY)
    try FileBoundary.call("sync", path) {
      let result = clinux_sync_filesystem(directory.descriptor)
      if result < 0 { errno = -result }
      return min(result, 0)
    }
  }

  /// Names in a directory, without "." and "..", in no order. What is not UTF-8 in them becomes U+FFFD.
  package static func names(in path: String) throws(FileError) -> [String] {
    var names: [String] = []
    let result = withUnsafeMutablePointer(to: &names) { list in
      clinux_names(
        path,
        { name, list in
          guard let name else { return }
          list?.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
        }, list)
    }
    guard result == 0 else { throw .failed(operation: "list", path: path, errno: -result) }
    return names
  }

  /// Removes `path` with all that is in it, links not followed; one that is gone already is fine.
  package static func remove(_ path: String) throws(FileError) {
    var file = clinux_file()
    let result = clinux_look(path, &file)
    if result == -ENOENT { return }
    guard result == 0 else { throw .failed(operation: "look at", path: path, errno: -result) }
    guard file.kind == CLINUX_FILE_DIRECTORY else { return try FileMove.remove(path) }
    for name in try names(in: path) { try remove(path + "/" + name) }
    do {
      try FileBoundary.call("remove", path) { rmdir(path) }
    } catch {
      if case .failed(_, _, ENOENT) = error { return }
      throw error
    }
  }
}
