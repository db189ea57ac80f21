import Glibc

/// Held while a run works in a directory, or a daemon with a file: a second one is told so instead of writing between its
/// lines. The kernel drops it with the process, however that ends.
package final class DirectoryLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `isLocked` for a directory that another run works in.
  package convenience init(_ directory: String) throws(SystemCall.Failure) {
    try self.init(file: "\(directory)/LOCK", of: directory)
  }

  /// - Parameters:
  ///   - file: which is made where there is none, and stays.
  ///   - place: what is locked, for the failure.
  package init(file: String, of place: String) throws(SystemCall.Failure) {
    // Not the object's before it has the lock: its deinit would close the descriptor again.
    let descriptor = try SystemCall.run("open", file) { open(file, O_RDWR | O_CREAT | O_CLOEXEC, mode_t(0o600)) }
    if SystemCall.uninterrupted({ flock(descriptor, LOCK_EX | LOCK_NB) }) != 0 {
      let number = errno
      close(descriptor)
      throw .init(path: number == EWOULDBLOCK ? place : file, operation: "lock", errno: number)
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}
