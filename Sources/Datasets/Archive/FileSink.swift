import Crypto
import Foundations
import Glibc

/// A file that is written front to back, with the digest of what was written.
struct FileSink: ~Copyable {
  let path: String
  private let descriptor: Int32
  private var hash = SHA256()
  private(set) var bytesWritten = 0

  /// Creates the file, or empties it. A file that others may not read is made anew, so that nobody has it open.
  init(path: String, mode: mode_t = 0o644) throws {
    let isSecret = mode & 0o077 == 0
    // What cannot be removed is in the way of the new file, which then says so.
    if isSecret { unlink(path) }
    descriptor = open(
      path, O_WRONLY | O_CREAT | (isSecret ? O_EXCL | O_NOFOLLOW : O_TRUNC) | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw DatasetError(.io(operation: "creating", errno: errno), file: path) }
    self.path = path
  }

  deinit {
    close(descriptor)
  }

  mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        throw DatasetError(.io(operation: "writing", errno: errno), file: path, offset: bytesWritten + done)
      }
    }
    hash.update(bufferPointer: bytes)
    bytesWritten += bytes.count
  }

  /// Forces everything to the disk.
  func sync() throws {
    guard fsync(descriptor) == 0 else { throw DatasetError(.io(operation: "syncing", errno: errno), file: path) }
  }

  var digest: HexDigest { HexDigest(hash.finalize()) }
}
