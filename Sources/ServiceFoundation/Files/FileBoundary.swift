import Glibc

/// The daemon's side of the file system: every call with which it changes something there, and every commit of its
/// ledger, goes through `call` or `commit`.
///
/// One place, so that a test can stand in the way of any single one of them (`Tests/ServiceTests/Faults`).
package enum FileBoundary {
  /// What stands in the way; nothing outside tests. `Blocking` takes it along to its threads.
  @TaskLocal package static var obstacle: (any FileObstacle)?

  /// Runs a system call that answers −1 with errno when it fails, again when a signal interrupted it.
  ///
  /// - Throws: `ServiceError.file` with that errno.
  @discardableResult
  package static func call(_ operation: String, _ path: String, _ body: () -> Int32) throws(ServiceError) -> Int32 {
    if let number = obstacle?.before(operation, path) {
      throw .file(operation: operation, path: path, errno: number)
    }
    while true {
      let result = body()
      if result >= 0 {
        if let number = obstacle?.after(operation, path) {
          throw .file(operation: operation, path: path, errno: number)
        }
        return result
      }
      if errno != EINTR { throw .file(operation: operation, path: path, errno: errno) }
    }
  }
}

/// What a test puts in the way of the daemon's calls: an error number instead of a call, or after it has happened.
package protocol FileObstacle: Sendable {
  func before(_ operation: String, _ path: String) -> Int32?
  func after(_ operation: String, _ path: String) -> Int32?
}
