import Foundation
import Glibc

/// Calls of the system by its own rules: what a signal interrupts is called again, and what fails says why.
package enum SystemCall {
  /// Calls until no signal interrupts it; `errno` is the call's own after a value below 0.
  static func uninterrupted<Value: SignedInteger>(_ call: () -> Value) -> Value {
    while true {
      let value = call()
      if value >= 0 || errno != EINTR { return value }
    }
  }

  /// Calls until no signal interrupts it.
  /// - Throws: `WorkError.io` with the call's own reason, taken before anything else can change it.
  @discardableResult
  package static func run<Value: SignedInteger>(_ operation: String, _ path: String, _ call: () -> Value) throws
    -> Value
  {
    let value = uninterrupted(call)
    let number = errno
    guard value >= 0 else { throw WorkError.io(path: path, operation: operation, errno: number) }
    return value
  }

  /// Writes all of it to an open file.
  package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws {
    var rest = bytes
    while !rest.isEmpty {
      let (start, length) = (rest.baseAddress, rest.count)
      let count = try run("write", path) { Glibc.write(descriptor, start, length) }
      // A file that takes nothing and says no reason has no room.
      guard count > 0 else { throw WorkError.io(path: path, operation: "write", errno: ENOSPC) }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }

  /// Why Foundation could not do it: `errno` may have changed on the way out of its calls.
  /// - Returns: a reason that does not pass by itself where Foundation gives none.
  static func reason(of error: any Error) -> Int32 {
    var next: NSError? = error as NSError
    while let error = next {
      if error.domain == NSPOSIXErrorDomain, let number = Int32(exactly: error.code), number > 0 { return number }
      next = error.userInfo[NSUnderlyingErrorKey] as? NSError
    }
    guard let code = (error as? CocoaError)?.code else { return ENOTSUP }
    return switch code {
    case .fileNoSuchFile, .fileReadNoSuchFile: ENOENT
    case .fileReadNoPermission, .fileWriteNoPermission: EACCES
    case .fileWriteFileExists: EEXIST
    case .fileWriteOutOfSpace: ENOSPC
    case .fileWriteVolumeReadOnly: EROFS
    case .fileReadTooLarge: EFBIG
    case .fileReadInvalidFileName, .fileWriteInvalidFileName: EINVAL
    default: ENOTSUP
    }
  }
}
