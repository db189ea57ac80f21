import CLinux
import Glibc

/// An open file, closed when it goes out of scope. Every call repeats itself when a signal interrupts it.
struct OpenFile: ~Copyable {
  let path: String
  private let descriptor: Int32

  /// - Throws: `ServiceError.file`.
  init(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(ServiceError) {
    self.path = path
    descriptor = try Self.call("open", path) { open(path, flags | O_CLOEXEC, mode) }
  }

  deinit {
    close(descriptor)
  }

  /// Fills `buffer` from its start; 0 at the end of the file.
  func read(into buffer: inout [UInt8]) throws(ServiceError) -> Int {
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw .file(operation: "read", path: path, errno: errno) }
    }
  }

  func write(_ bytes: ArraySlice<UInt8>) throws(ServiceError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw .file(operation: "write", path: path, errno: errno)
      }
    }
  }

  func sync() throws(ServiceError) {
    _ = try Self.call("sync", path) { fsync(descriptor) }
  }

  func stamp() throws(ServiceError) -> FileStamp {
    var file = clinux_file()
    let result = clinux_look_open(descriptor, &file)
    guard result == 0 else { throw .file(operation: "look at", path: path, errno: -result) }
    guard let stamp = FileStamp(file) else { throw .notARegularFile(path: path) }
    return stamp
  }

  /// Gives back what the service manager's umask took from the mode, where the filesystem has modes.
  func setMode(_ mode: mode_t) {
    fchmod(descriptor, mode)
  }

  /// Sets the time of last change.
  func setModified(nanoseconds: Int) throws(ServiceError) {
    let result = clinux_set_modified(descriptor, Int64(nanoseconds))
    guard result == 0 else { throw .file(operation: "set the time of", path: path, errno: -result) }
  }

  /// Runs a system call that answers −1 with errno when it fails.
  static func call(_ operation: String, _ path: String, _ body: () -> Int32) throws(ServiceError) -> Int32 {
    while true {
      let result = body()
      if result >= 0 { return result }
      if errno != EINTR { throw .file(operation: operation, path: path, errno: errno) }
    }
  }
}
