import Glibc

/// Held while a run works in a directory: a second one is told so instead of writing between its lines. The kernel drops
/// it with the process, however that ends.
final class DirectoryLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `WorkError.inUse`, `io`.
  init(_ directory: String) throws(WorkError) {
    let path = "\(directory)/LOCK"
    descriptor = try SystemCall.run("open", path) { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
    // The descriptor is closed with the object, also where this throws.
    do throws(WorkError) {
      try SystemCall.run("lock", path) { flock(descriptor, LOCK_EX | LOCK_NB) }
    } catch {
      if case .io(_, _, EWOULDBLOCK) = error { throw .inUse(path: directory) }
      throw error
    }
  }

  deinit { close(descriptor) }
}
