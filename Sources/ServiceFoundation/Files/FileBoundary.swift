package import Foundations

/// The daemon's side of the file system: every call with which it changes something there, and every commit of its
/// ledger, goes through `call`, `SystemCall` or `Ledger.write`, so that a test can stand in the way of any single one of them
/// (`Tests/ServiceTests/Faults`).
package enum FileBoundary {
  /// Runs a system call that answers −1 with errno when it fails, again when a signal interrupted it.
  ///
  /// - Throws: `FileError.failed` with that errno.
  @discardableResult
  package static func call(_ operation: String, _ path: String, _ body: () -> Int32) throws(FileError) -> Int32 {
    do throws(SystemCall.Failure) { return try SystemCall.run(operation, path, body) } catch {
      throw FileError(error)
    }
  }
}

extension FileError {
  /// A call that failed, in the daemon's words.
  package init(_ failure: SystemCall.Failure) {
    let words = ["fsync": "sync", "rename": "move", "replace": "remove"]
    self = .failed(
      operation: words[failure.operation] ?? failure.operation, path: failure.path, errno: failure.errno)
  }
}
