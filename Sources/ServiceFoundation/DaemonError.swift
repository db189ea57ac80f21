import Foundations
import Glibc

/// What the errors of the daemon's targets have in common: each is a line for people and says whether waiting helps.
package protocol DaemonError: Error, Equatable, CustomStringConvertible {
  /// What went wrong, with names as they are; `description` is fit for a terminal.
  var line: String { get }
  /// Whether the same attempt may succeed later with nothing changed but the world.
  var isTransient: Bool { get }
}

extension DaemonError {
  package var isTransient: Bool { false }
  package var description: String { line.printable }
}

/// System error numbers.
package enum Errno {
  /// In words.
  package static func text(_ number: Int32) -> String {
    String(cString: strerror(number))
  }

  /// Those that pass when the world changes: the disk is full, busy or failing, or there is too little of something.
  package static let transient: Set<Int32> = [
    EBUSY, ENOSPC, EDQUOT, EIO, ESTALE, EAGAIN, EINTR, EMFILE, ENFILE, ENOMEM, ETIMEDOUT, ENOLCK, ETXTBSY, EROFS,
  ]
}
