import ServiceFoundation

/// Why a dropped file is not taken: for now, or for good with a job that says so.
package enum InboxError: DaemonError {
  // For now
  case noDatasetName
  case beingWritten
  /// Something in a directory, or a file of a list, that is not to be taken as it is, by its name.
  case unfit(name: String, String)
  case noRoom(String)
  /// Its bytes are those of a release whose archive is not kept.
  case notKept(holder: String)
  /// The ledger has the same bytes, and the file that should hold them does not.
  case unverified(holder: String)
  // For good
  case digestMismatch(path: String, expected: String, found: String)
  /// The file is the archive of a release.
  case alreadyReleased(path: String, release: String)

  package var line: String {
    switch self {
    case .noDatasetName: "its name gives no dataset name: rename it, or add a [[dataset]] with a matching pattern"
    case .beingWritten: "somebody has it open for writing"
    case .unfit(let name, let text): "\(name): \(text)"
    case .noRoom(let text): text
    case .notKept(let holder): "\(holder) was made of the same bytes: nothing is to be done with it, remove it"
    case .unverified(let holder):
      "\(holder) should have the same bytes, but its file cannot be found or holds others: left here until that is settled"
    case .digestMismatch(let path, let expected, let found):
      "\(path): its SHA-256 is \(found), its .sha256 file says \(expected)"
    case .alreadyReleased(let path, let release):
      "\(path): is the archive of \(release); marked again, its images would differ by more than ε"
    }
  }
}
