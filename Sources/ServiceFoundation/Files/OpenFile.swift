package import CLinux
import Glibc

/// An open file, closed when it goes out of scope. Every call repeats itself when a signal interrupts it.
package struct OpenFile: ~Copyable {
  let path: String
  package let descriptor: Int32

  /// - Throws: `FileError.failed`.
  package init(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(FileError) {
    self.path = path
    let operation = flags & O_CREAT != 0 ? "create" : "open"
    descriptor = try FileBoundary.call(operation, path) { open(path, flags | O_CLOEXEC, mode) }
  }

  /// Opens a file that somebody else may have put there: links are not followed, and a FIFO does not hang.
  package static func foreign(_ path: String) throws(FileError) -> OpenFile {
    try OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
  }

  /// Makes a file that was not there before.
  package static func new(_ path: String, mode: mode_t) throws(FileError) -> OpenFile {
    try OpenFile(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
  }

  /// Opens a directory in one that is open, whatever leads there by its path.
  package init(_ name: String, in directory: borrowing OpenFile, path: String) throws(FileError) {
    self.path = path
    let above = directory.descriptor
    descriptor = try FileBoundary.call("open", path) {
      openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    }
  }

  deinit {
    close(descriptor)
  }

  /// Fills `buffer` from its start; 0 at the end of the file.
  package func read(into buffer: inout [UInt8]) throws(FileError) -> Int {
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw .failed(operation: "read", path: path, errno: errno) }
    }
  }

  /// At most `count` bytes from `offset` on; fewer only where the file ends.
  package func read(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
      }
      if got == 0 { break }
      if got > 0 {
        filled += got
      } else if errno != EINTR {
        throw .failed(operation: "read", path: path, errno: errno)
      }
    }
    bytes.removeLast(count - filled)
    return bytes
  }

  package func write(_ bytes: ArraySlice<UInt8>) throws(FileError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = try FileBoundary.call("write", path) {
        Int32(clamping: rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, min($0.count, 1 << 30)) })
      }
      rest = rest.dropFirst(Int(count))
    }
  }

  package func sync() throws(FileError) {
    try FileBoundary.call("sync", path) { fsync(descriptor) }
  }

  package func stamp() throws(FileError) -> FileStamp {
    guard let stamp = FileStamp(try facts()) else { throw .notRegular(path: path) }
    return stamp
  }

  package func facts() throws(FileError) -> clinux_file {
    var file = clinux_file()
    let result = clinux_look_open(descriptor, &file)
    guard result == 0 else { throw .failed(operation: "look at", path: path, errno: -result) }
    return file
  }

  /// Gives the file exactly this mode, whatever the service manager's umask took from it.
  package func setMode(_ mode: mode_t) throws(FileError) {
    try FileBoundary.call("set the mode of", path) { fchmod(descriptor, mode) }
  }

  /// Sets the time of last change.
  package func setModified(nanoseconds: Int) throws(FileError) {
    let result = clinux_set_modified(descriptor, Int64(nanoseconds))
    guard result == 0 else { throw .failed(operation: "set the time of", path: path, errno: -result) }
  }
}
