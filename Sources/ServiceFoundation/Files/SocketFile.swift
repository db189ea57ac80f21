import CLinux
import Glibc
package import Logging
import NIOCore

/// The place of a Unix socket that this process is to listen at. It takes no place from somebody who answers there; whoever
/// listens removes the socket when it closes.
package struct SocketFile: Sendable {
  let path: String
  /// The configuration's key for the path.
  let key: String

  package init(path: String, key: String) {
    self.path = path
    self.key = key
  }

  /// Makes the directory and sees to it that nobody answers at the path. Blocks.
  ///
  /// - Throws: `FileError.socketInUse`, `.socket`.
  package func claim() throws(FileError) {
    do {
      try Directory.make(Directory.parent(of: path), mode: 0o755)
    } catch {
      guard case .failed(_, _, let number) = error else { throw error }
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

  /// Lets the socket's group speak to it; to be called once it is open.
  package func opened(_ logger: Logger) {
    if chmod(path, 0o660) != 0 { logger.error("\(path): cannot set its mode: \(Errno.text(errno))") }
  }
}

extension FileError {
  /// What kept a server from listening at `place`, in our own words; any other error as it is.
  package static func listening(at place: String, key: String, _ error: any Error) -> any Error {
    switch error {
    case let error as IOError: FileError.socket(path: place, reason: Errno.text(error.errnoCode), key: key)
    case is SocketAddressError.UnknownHost: FileError.socket(path: place, reason: "no such host", key: key)
    default: error
    }
  }
}
