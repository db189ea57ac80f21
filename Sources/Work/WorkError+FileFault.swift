package import Foundations
import Glibc

extension WorkError {
  /// What a file that was to be read is refused with.
  package init(_ fault: FileFault, path: String) {
    switch fault {
    case _ where fault.isMissing: self = .missing(path: path)
    case .system(let operation, let number): self = .io(path: path, operation: operation, errno: number)
    default: self = .malformed(path: path, reason: fault.description)
    }
  }

  /// What a call of the system on a file of ours failed with.
  package init(_ failure: SystemCall.Failure) {
    self =
      failure.isLocked
      ? .inUse(path: failure.path)
      : .io(path: failure.path, operation: failure.operation, errno: failure.errno)
  }

  /// Reads something of a file.
  package static func reading<Result>(
    _ path: String, _ body: () throws(FileFault) -> Result
  ) throws(WorkError) -> Result {
    do { return try body() } catch { throw WorkError(error, path: path) }
  }
}
