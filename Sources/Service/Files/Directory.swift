import CLinux
import Foundation
import Glibc

/// Directories by their paths. Blocks.
enum Directory {
  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func name(of path: String) -> String {
    String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
  }

  static func exists(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }

  /// Makes `path` with exactly `mode`, and whatever is missing above it with 0755; what exists is left as it is.
  static func make(_ path: String, mode: mode_t) throws(ServiceError) {
    if exists(path) { return }
    let above = parent(of: path)
    if above != path { try make(above, mode: 0o755) }
    if mkdir(path, mode) != 0 {
      if errno == EEXIST, exists(path) { return }
      throw .file(operation: "make the directory", path: path, errno: errno)
    }
    // The service manager's umask may have taken bits that the mode needs.
    _ = try OpenFile.call("set the mode of", path) { chmod(path, mode) }
    try sync(above)
  }

  static func sync(_ path: String) throws(ServiceError) {
    try OpenFile(path, O_RDONLY | O_DIRECTORY).sync()
  }

  /// Names in a directory, without "." and "..", in no order.
  static func names(in path: String) throws(ServiceError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw .file(operation: "list", path: path, errno: exists(path) ? EACCES : ENOENT)
    }
  }

  /// Removes `path` with all that is in it; one that is gone already is fine.
  static func remove(_ path: String) throws(ServiceError) {
    var file = clinux_file()
    if clinux_look(path, &file) == -ENOENT { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw .file(operation: "remove", path: path, errno: EIO)
    }
  }
}
