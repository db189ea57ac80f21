import CLinux
import Foundations
import Glibc

/// Why the daemon, or a command that speaks to it, could not do something.
package enum ServiceError: Error, Sendable, Equatable {
  case configuration(file: String, problems: [ConfigurationProblem])
  /// A system call on a file failed.
  case file(operation: String, path: String, errno: Int32)
  /// Neither the file nor its copy is where the ledger has it.
  case inputMissing(path: String)
  /// The file is not the one that was read before.
  case inputChanged(path: String)
  /// The file is on its way from one place to another; what else is to happen to it has to wait.
  case inputMoving(path: String)
  case digestMismatch(path: String, expected: String, found: String)
  /// The file is the archive of a release.
  case alreadyReleased(path: String, release: String)
  case notARegularFile(path: String)
  case ledgerOnNetwork(path: String, filesystem: String)
  case ledgerInUse(path: String)
  case ledgerNewer(path: String)
  case ledger(path: String, message: String)
  case noSuchJob(String)
  case noSuchDataset(String)
  case noSuchRelease(String)
  case noKeptArchive(dataset: String)
  case noSuchSuspect(String)
  case noRelease(suspect: String, dataset: String)
  /// All of α is taken by other claims.
  case noAlpha(suspect: String)
  case noCredential(String, suspect: String)
  /// A secret that others than its owner may read.
  case openSecret(path: String)
  /// A release that is let out already, or whose qualification is under way.
  case notHeld(release: String, state: String)
  /// Nobody has asked for it yet, or it is under way.
  case notMade(what: String, of: String)
  case wrongState(job: String, state: String, action: String)
  case spawn(program: String, step: String, errno: Int32)
  /// Nothing can listen at a socket's path or a page's address; `key` is the configuration's for it.
  case socket(path: String, reason: String, key: String)
  /// Somebody else answers at the socket.
  case socketInUse(path: String, key: String)
  case notRunning(socket: String)
  case notAllowed(socket: String)
  /// The daemon's answer to a request that it refused.
  case refused(status: Int, code: String, message: String)
  case unreadableAnswer(message: String)
}

extension ServiceError {
  /// Whether the same attempt may succeed later with nothing changed but the world.
  package var isTransient: Bool {
    switch self {
    // A directory of the daemon's own that it may not write is put right by somebody, as a full disk is.
    case .file(_, _, let number): Self.transientErrors.contains(number) || number == EACCES || number == EPERM
    case .spawn(_, _, let number): Self.transientErrors.contains(number)
    case .inputMoving: true
    default: false
    }
  }

  package static let noAlphaReason = "earlier claims have taken all of α, and none of it comes back"

  private static let transientErrors: Set<Int32> = [
    EBUSY, ENOSPC, EDQUOT, EIO, ESTALE, EAGAIN, EINTR, EMFILE, ENFILE, ENOMEM, ETIMEDOUT, ENOLCK, ETXTBSY, EROFS,
  ]
}

extension ServiceError: CustomStringConvertible {
  package var description: String {
    // Each problem of a configuration has a line of its own.
    if case .configuration(let file, let problems) = self {
      return problems.map { $0.text(file: file).printable }.joined(separator: "\n")
    }
    return line.printable
  }

  private var line: String {
    switch self {
    case .configuration(let file, _): "\(file): not a configuration"
    case .file(let operation, let path, let number): "\(path): cannot \(operation): \(Errno.text(number))"
    case .inputMissing(let path): "\(path): the input is no longer there"
    case .inputChanged(let path): "\(path): the input changed after it was read"
    case .inputMoving(let path): "\(path): is being moved, try again"
    case .digestMismatch(let path, let expected, let found):
      "\(path): its SHA-256 is \(found), its .sha256 file says \(expected)"
    case .alreadyReleased(let path, let release):
      "\(path): is the archive of \(release); marked again, its images would differ by more than ε"
    case .notARegularFile(let path): "\(path): not a regular file"
    case .ledgerOnNetwork(let path, let filesystem):
      "\(path): the ledger must be on a local disk, this is \(filesystem)"
    case .ledgerInUse(let path): "\(path): another dandyroll serves with this ledger"
    case .ledgerNewer(let path): "\(path): written by a newer dandyroll"
    case .ledger(let path, let message): "\(path): \(message)"
    case .noSuchJob(let id): "there is no job \(id)"
    case .noSuchDataset(let name): "there is no dataset \(name)"
    case .noSuchRelease(let name): "there is no release \(name)"
    case .notHeld(let release, let state):
      state == "waiting"
        ? "\(release) waits for its qualification: let that end, or cancel it" : "\(release) is \(state) already"
    case .notMade(let what, let name): "there is no \(what) of \(name)"
    case .noKeptArchive(let dataset): "no archive of \(dataset) is kept: drop one into the inbox"
    case .noSuchSuspect(let name): "there is no suspect \(name) in the configuration"
    case .noRelease(let suspect, let dataset): "\(suspect) cannot be audited: there is no such release of \(dataset)"
    case .noAlpha(let suspect): "\(suspect) cannot be audited: \(Self.noAlphaReason)"
    case .noCredential(let name, let suspect):
      "\(suspect): the service manager gave no credential “\(name)” (LoadCredential=)"
    case .openSecret(let path): "\(path): others may read this secret; its mode must be 0600"
    case .wrongState(let job, let state, let action): "job \(job) is \(state): it cannot be \(action)"
    case .spawn(let program, let step, let number): "\(program): cannot start a job (\(step)): \(Errno.text(number))"
    case .socket(let path, let reason, let key): "\(path): cannot listen: \(reason); set \(key)"
    case .socketInUse(let path, let key): "\(path): another dandyroll answers here; set \(key) to another path"
    case .notRunning(let socket): "no dandyroll daemon answers at \(socket)"
    case .notAllowed(let socket): "\(socket): permission denied (are you in the dandyroll group?)"
    case .refused(_, _, let message): message
    case .unreadableAnswer(let message): "the daemon's answer cannot be read: \(message)"
    }
  }
}

/// System error numbers in words.
package enum Errno {
  package static func text(_ number: Int32) -> String {
    String(cString: strerror(number))
  }
}
