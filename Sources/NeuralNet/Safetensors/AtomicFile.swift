import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that appears under its name only when it is complete and on disk.
///
/// Bytes go to a neighbour; `commit` flushes it, renames it over the target and flushes the directory. Dropped without
/// `commit`, the neighbour is removed; what a killed process left of it is removed first. One writer at a time is the
/// caller's to see to.
struct AtomicFile: ~Copyable {
  private let path: String
  private let temporary: String
  private let descriptor: Int32
  private var isOpen = true

  /// - Parameter mode: the file's, from its first moment on: nobody can open it while it is written who may not read it
  ///   afterwards.
  init(path: String, mode: mode_t) throws {
    self.path = path
    temporary = path + ".partial"
    // What cannot be removed is in the way of the new file, which then says so.
    unlink(temporary)
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw Self.failure("open", temporary) }
  }

  deinit {
    if isOpen {
      close(descriptor)
      unlink(temporary)
    }
  }

  mutating func write(_ data: Data) throws {
    var rest = data[...]
    while !rest.isEmpty {
      #if canImport(Glibc)
        let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      #elseif canImport(Musl)
        let written = rest.withUnsafeBytes { Musl.write(descriptor, $0.baseAddress, $0.count) }
      #else
        let written = rest.withUnsafeBytes { Darwin.write(descriptor, $0.baseAddress, $0.count) }
      #endif
      if written < 0 {
        if errno == EINTR { continue }
        throw Self.failure("write", temporary)
      }
      rest = rest.dropFirst(written)
    }
  }

  consuming func commit() throws {
    guard fsync(descriptor) == 0 else { throw Self.failure("fsync", temporary) }
    guard rename(temporary, path) == 0 else { throw Self.failure("rename", path) }
    isOpen = false
    guard close(descriptor) == 0 else { throw Self.failure("close", path) }
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw Self.failure("open", parent) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw Self.failure("fsync", parent) }
  }

  private static func failure(_ call: String, _ path: String) -> NeuralNetError {
    .fileOperation(path: path, call: call, reason: String(cString: strerror(errno)))
  }
}
