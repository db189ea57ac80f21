import Glibc

/// A directory that a stranger may have filled: its names, as many as are expected at most.
package struct StrangersDirectory {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// Names of everything in it, sorted.
  /// - Throws: `FileFault.tooManyNames` once there are more than `limit`; `system` if it cannot be read.
  package func names(limit: Int) throws(FileFault) -> [String] {
    guard let stream = opendir(path) else { throw .system(operation: "open", errno: errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name == "." || name == ".." { continue }
      guard names.count < limit else { throw .tooManyNames(limit: limit) }
      names.append(name)
    }
    if errno != 0 { throw .system(operation: "list", errno: errno) }
    return names.sorted()
  }
}
