package import Foundations
import Glibc

/// Why a file, a directory or the place of a socket could not be used.
package enum FileError: DaemonError {
  /// A system call failed.
  case failed(operation: String, path: String, errno: Int32)
  /// The file is not the one that was read before.
  case changed(path: String)
  case notRegular(path: String)
  /// Something in a directory that cannot be taken, by its name in it.
  case tree(path: String, TreeFault)
  /// A secret that others than its owner may read.
  case openSecret(path: String)
  /// Nothing can listen at a socket's path or a page's address; `key` is the configuration's for it.
  case socket(path: String, reason: String, key: String)
  /// Somebody else answers at the socket.
  case socketInUse(path: String, key: String)

  package var line: String {
    switch self {
    case .failed(let operation, let path, let number): "\(path): cannot \(operation): \(Errno.text(number))"
    case .changed(let path): "\(path): the input changed after it was read"
    case .notRegular(let path): "\(path): not a regular file"
    case .tree(let path, let fault): "\(path): \(fault)"
    case .openSecret(let path): "\(path): others may read this secret; its mode must be 0600"
    case .socket(let path, let reason, let key): "\(path): cannot listen: \(reason); set \(key)"
    case .socketInUse(let path, let key): "\(path): another dandyroll answers here; set \(key) to another path"
    }
  }

  package var isTransient: Bool {
    // A directory of the daemon's own that it may not write is put right by somebody, as a full disk is.
    var number: Int32?
    if case .failed(_, _, let found) = self { number = found }
    if case .tree(_, let fault) = self, case .system(_, let found) = fault.rule { number = found }
    return number.map { [EACCES, EPERM].contains($0) || Errno.transient.contains($0) } ?? false
  }
}
