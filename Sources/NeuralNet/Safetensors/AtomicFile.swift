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
    let temporary = path + ".partial"
    self.temporary = temporary
    // What cannot be removed is in the way of the new file, which then says so.
    unlink(temporary)
    descriptor = Self.uninterrupted {
      open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    }
    guard descriptor >= 0 else { throw Self.failure("open", temporary, errno) }
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
        let number = errno
        if number == EINTR { continue }
        throw Self.failure("write", temporary, number)
      }
      rest = rest.dropFirst(written)
    }
  }

  consuming func commit() throws {
    let (descriptor, temporary, path) = (descriptor, temporary, path)
    try Self.run("fsync", temporary) { fsync(descriptor) }
    try Self.run("rename", path) { rename(temporary, path) }
    isOpen = false
    // What a signal interrupts is closed nevertheless, and everything is on the disk.
    close(descriptor)
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let directory = try Self.run("open", parent) { open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    defer { close(directory) }
    try Self.run("fsync", parent) { fsync(directory) }
  }

  /// Calls until no signal interrupts it.
  private static func uninterrupted(_ body: () -> Int32) -> Int32 {
    while true {
      let value = body()
      if value >= 0 || errno != EINTR { return value }
    }
  }

  @discardableResult
  private static func run(_ call: String, _ path: String, _ body: () -> Int32) throws -> Int32 {
    let value = uninterrupted(body)
    guard value >= 0 else { throw failure(call, path, errno) }
    return value
  }

  private static func failure(_ call: String, _ path: String, _ number: Int32) -> NeuralNetError {
    .fileOperation(path: path, call: call, reason: String(cString: strerror(number)), errno: number)
  }
}
