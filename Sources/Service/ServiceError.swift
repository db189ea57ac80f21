import ServiceFoundation

/// Why the daemon does not do what it was asked for, or a command that speaks to it does not hear of it.
package enum ServiceError: DaemonError {
  case noKeptArchive(dataset: String)
  case noRelease(suspect: String, dataset: String)
  /// All of α is taken by other claims.
  case noAlpha(suspect: String)
  case noCredential(String, suspect: String)
  /// Nobody has asked for it yet, or it is under way.
  case notMade(what: String, of: String)
  case spawn(program: String, step: String, errno: Int32)
  case notRunning(socket: String)
  case notAllowed(socket: String)
  /// The daemon's answer to a request that it refused.
  case refused(status: Int, code: String, message: String)
  case unreadableAnswer(message: String)

  static let noAlphaReason = "earlier claims have taken all of α, and none of it comes back"

  package var line: String {
    switch self {
    case .noKeptArchive(let dataset): "no archive of \(dataset) is kept: drop one into the inbox"
    case .noRelease(let suspect, let dataset): "\(suspect) cannot be audited: there is no such release of \(dataset)"
    case .noAlpha(let suspect): "\(suspect) cannot be audited: \(Self.noAlphaReason)"
    case .noCredential(let name, let suspect):
      "\(suspect): the service manager gave no credential “\(name)” (LoadCredential=)"
    case .notMade(let what, let name): "there is no \(what) of \(name)"
    case .spawn(let program, let step, let number): "\(program): cannot start a job (\(step)): \(Errno.text(number))"
    case .notRunning(let socket): "no dandyroll daemon answers at \(socket)"
    case .notAllowed(let socket): "\(socket): permission denied (are you in the dandyroll group?)"
    case .refused(_, _, let message): message
    case .unreadableAnswer(let message): "the daemon's answer cannot be read: \(message)"
    }
  }

  package var isTransient: Bool {
    if case .spawn(_, _, let number) = self { Errno.transient.contains(number) } else { false }
  }
}
