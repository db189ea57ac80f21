import Glibc

/// Why a stranger's file is not read. The text says it without the file's name, which whoever reports it adds.
package enum FileFault: Error, Sendable, Equatable {
  case system(operation: String, errno: Int32)
  /// A symbolic link where the file itself is expected.
  case link
  /// What it is instead of a regular file.
  case notRegular(String)
  /// A name that is absolute, has empty parts, or goes upwards.
  case leavesDirectory
  case tooLarge(bytes: Int, limit: Int)
  /// It got shorter while it was read.
  case changed
  case lineTooLong(line: Int, limit: Int)
  case notText
  /// A directory with more in it than can belong there.
  case tooManyNames(limit: Int)

  /// Whether there is no such file, or none that this user may read.
  package var isMissing: Bool {
    guard case .system("open", let number) = self else { return false }
    return [ENOENT, ENOTDIR, EACCES, EPERM, ELOOP, ENAMETOOLONG].contains(number)
  }
}

extension FileFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .system(let operation, let number): "cannot \(operation) it: \(String(cString: strerror(number)))"
    case .link: "a symbolic link, which is not followed here"
    case .notRegular(let kind): "\(kind), not a regular file"
    case .leavesDirectory: "a name that leaves the directory"
    case .tooLarge(let bytes, let limit): "it has \(bytes) bytes, the limit is \(limit)"
    case .changed: "it got shorter while it was read"
    case .lineTooLong(let line, let limit): "line \(line) has more than \(limit) bytes"
    case .notText: "not text in UTF-8"
    case .tooManyNames(let limit): "more than \(limit) files are in it"
    }
  }
}
