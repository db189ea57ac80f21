import CLinux
import Glibc
import Logging
import NIOCore
import Synchronization

/// The place of a Unix socket that this process listens at. It takes no place from somebody who answers there, and removes
/// no socket but its own.
final class SocketFile: Sendable {
  let path: String
  /// The configuration's key for the path.
  let key: String
  /// The inode of our own socket, once it is there; it is not given away while the socket is open.
  private let own = Mutex<UInt64?>(nil)

  init(path: String, key: String) {
    self.path = path
    self.key = key
  }

  /// Makes the directory and sees to it that nobody answers at the path. Blocks.
  ///
  /// - Throws: `ServiceError.socketInUse`, `.socket`.
  func claim() throws(ServiceError) {
    do {
      try Directory.make(Directory.parent(of: path), mode: 0o755)
    } catch {
      guard case .file(_, _, let number) = error else { throw error }
      throw .socket(path: path, reason: Errno.text(number), key: key)
    }
    var file = clinux_file()
    if clinux_look(path, &file) == 0, file.kind != CLINUX_FILE_OTHER {
      throw .socket(path: path, reason: "what is there is not a socket", key: key)
    }
    let answers = clinux_socket_answers(path)
    if answers > 0 { throw .socketInUse(path: path, key: key) }
    if answers < 0 { throw .socket(path: path, reason: Errno.text(-answers), key: key) }
  }

  /// Lets the socket's group speak to it and notes which it is; to be called once it is open.
  func opened(_ logger: Logger) {
    if chmod(path, 0o660) != 0 { logger.error("\(path): cannot set its mode: \(Errno.text(errno))") }
    own.withLock { $0 = inode }
  }

  /// Removes our own socket; another one that has taken its place stays.
  func remove() {
    guard let own = own.withLock({ $0 }), own == inode else { return }
    unlink(path)
  }

  private var inode: UInt64? {
    var file = clinux_file()
    return clinux_look(path, &file) == 0 ? file.inode : nil
  }
}

extension ServiceError {
  /// What kept a server from listening at `place`, in our own words; any other error as it is.
  static func listening(at place: String, key: String, _ error: any Error) -> any Error {
    switch error {
    case let error as IOError: ServiceError.socket(path: place, reason: Errno.text(error.errnoCode), key: key)
    case is SocketAddressError.UnknownHost: ServiceError.socket(path: place, reason: "no such host", key: key)
    default: error
    }
  }
}
