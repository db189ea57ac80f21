import Glibc

/// Held while a run works in a directory: a second one is told so instead of writing between its lines. The kernel drops
/// it with the process, however that ends.
package final class DirectoryLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `WorkError.inUse`, `io`.
  package init(_ directory: String) throws(WorkError) {
    let path = "\(directory)/LOCK"
    let descriptor = SystemCall.uninterrupted { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
    guard descriptor >= 0 else { throw .io(path: path, operation: "open", errno: errno) }
    if SystemCall.uninterrupted({ flock(descriptor, LOCK_EX | LOCK_NB) }) != 0 {
      let number = errno
      close(descriptor)
      throw number == EWOULDBLOCK ? .inUse(path: directory) : .io(path: path, operation: "lock", errno: number)
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}
