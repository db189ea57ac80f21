import ServiceFoundation

/// Why the ledger cannot be used, or what it has allows no such thing.
package enum LedgerError: DaemonError {
  case onNetwork(path: String, filesystem: String)
  case inUse(path: String)
  case newer(path: String)
  case unusable(path: String, message: String)
  case noSuchJob(String)
  case noSuchDataset(String)
  case noSuchRelease(String)
  case wrongState(job: String, state: String, action: String)
  /// A release that is let out already, or whose qualification is under way.
  case notHeld(release: String, state: String)
  /// Neither the file nor its copy is where the ledger has it.
  case inputMissing(path: String)
  /// The file is on its way from one place to another; what else is to happen to it has to wait.
  case inputMoving(path: String)

  package var line: String {
    switch self {
    case .onNetwork(let path, let filesystem): "\(path): the ledger must be on a local disk, this is \(filesystem)"
    case .inUse(let path): "\(path): another dandyroll serves with this ledger"
    case .newer(let path): "\(path): written by a newer dandyroll"
    case .unusable(let path, let message): "\(path): \(message)"
    case .noSuchJob(let id): "there is no job \(id)"
    case .noSuchDataset(let name): "there is no dataset \(name)"
    case .noSuchRelease(let name): "there is no release \(name)"
    case .wrongState(let job, let state, let action): "job \(job) is \(state): it cannot be \(action)"
    case .notHeld(let release, let state):
      state == "waiting"
        ? "\(release) waits for its qualification: let that end, or cancel it" : "\(release) is \(state) already"
    case .inputMissing(let path): "\(path): the input is no longer there"
    case .inputMoving(let path): "\(path): is being moved, try again"
    }
  }

  package var isTransient: Bool {
    if case .inputMoving = self { true } else { false }
  }
}
