import Foundation
import Glibc

/// Calls of the system by its own rules: what a signal interrupts is called again, and what fails says why.
package enum SystemCall {
  /// A call that failed: what it was to do, to which file, and the reason.
  package struct Failure: Error, Equatable {
    package let path: String
    package let operation: String
    package let errno: Int32

    package init(path: String, operation: String, errno: Int32) {
      self.path = path
      self.operation = operation
      self.errno = errno
    }
  }

  /// What stands in the way; nothing outside tests.
  @TaskLocal package static var obstacle: (any FileObstacle)?

  /// Calls until no signal interrupts it; `errno` is the call's own after a value below 0.
  static func uninterrupted<Value: SignedInteger>(_ call: () -> Value) -> Value {
    while true {
      let value = call()
      if value >= 0 || errno != EINTR { return value }
    }
  }

  /// Calls until no signal interrupts it.
  /// - Throws: with the call's own reason, taken before anything else can change it.
  @discardableResult
  package static func run<Value: SignedInteger>(
    _ operation: String, _ path: String, _ call: () -> Value
  ) throws(Failure) -> Value {
    if let number = obstacle?.before(operation, path) {
      throw Failure(path: path, operation: operation, errno: number)
    }
    let value = uninterrupted(call)
    let number = value < 0 ? errno : obstacle?.after(operation, path)
    if let number { throw Failure(path: path, operation: operation, errno: number) }
    return value
  }

  /// Writes all of it to an open file.
  /// - Parameter taken: told the bytes that each call has written.
  package static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String, taken: (Int) -> Void = { _ in }
  ) throws(Failure) {
    var rest = bytes
    while !rest.isEmpty {
      let (start, length) = (rest.baseAddress, rest.count)
      let count = try run("write", path) { Glibc.write(descriptor, start, length) }
      // A file that takes nothing and says no reason has no room.
      guard count > 0 else { throw Failure(path: path, operation: "write", errno: ENOSPC) }
      taken(count)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }

  /// Why Foundation could not do it: `errno` may have changed on the way out of its calls.
  /// - Returns: a reason that does not pass by itself where Foundation gives none.
  package static func reason(of error: any Error) -> Int32 {
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

extension SystemCall.Failure: CustomStringConvertible {
  package var description: String {
    "\(path): cannot \(operation): \(String(cString: strerror(errno)))".printable
  }

  /// Whether a lock is not to be had because somebody else has it.
  package var isLocked: Bool { operation == "lock" && errno == EWOULDBLOCK }
}

/// What a test puts in the way of calls: an error number instead of a call, or after it has happened.
package protocol FileObstacle: Sendable {
  func before(_ operation: String, _ path: String) -> Int32?
  func after(_ operation: String, _ path: String) -> Int32?
}
