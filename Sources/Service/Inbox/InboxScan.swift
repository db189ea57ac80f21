import CLinux

/// A file in the inbox as one look found it.
struct InboxFile: Sendable, Equatable {
  var path: String
  var stamp: FileStamp
  /// A `.ready` file stands beside it; a `.sha256` file does.
  var isDeclaredReady = false
  var hasDigest = false

  var name: String { Directory.name(of: path) }
}

/// One look at the whole inbox.
struct InboxScan: Sendable, Equatable {
  var files: [InboxFile] = []
  /// What cannot be taken, by path, and why.
  var blocked: [String: String] = [:]
  /// Our receipts for files whose bytes were held already, by path.
  var receipts: Set<String> = []
  /// Every directory, the inbox first.
  var directories: [String] = []

  /// A moved-in directory is looked through this deep.
  static let depth = 4
  /// More are looked at once these have been taken.
  static let longest = 10_000

  /// Looks at `inbox` and the directories in it; links are not followed. Blocks.
  ///
  /// - Throws: `ServiceError.file` if the inbox itself cannot be listed.
  static func of(_ inbox: String) throws(ServiceError) -> InboxScan {
    var scan = InboxScan()
    try scan.look(inbox, depth: 0)
    return scan
  }

  private mutating func look(_ directory: String, depth: Int) throws(ServiceError) {
    directories.append(directory)
    let names = Set(try Directory.names(in: directory))
    for name in names where receipts.count < Self.longest && InboxName.duplicate(byReceipt: name) != nil {
      receipts.insert(directory + "/" + name)
    }
    for name in names.sorted() where !InboxName.isIgnored(name) {
      guard files.count < Self.longest else { return }
      let path = directory + "/" + name
      var file = clinux_file()
      guard clinux_look(path, &file) == 0 else {
        // Gone again, unless its name cannot even be spelled.
        if let problem = InboxName.problem(name) { blocked[path] = problem }
        continue
      }
      switch file.kind {
      case CLINUX_FILE_DIRECTORY:
        if depth + 1 >= Self.depth {
          blocked[path] = "directories are looked through \(Self.depth) deep"
        } else {
          do {
            try look(path, depth: depth + 1)
          } catch {
            blocked[path] = error.description
          }
        }
      case CLINUX_FILE_REGULAR:
        if let subject = InboxName.subject(ofSidecar: name) {
          if !names.contains(subject) { blocked[path] = "waits for \(subject)" }
        } else if let problem = InboxName.problem(name) {
          blocked[path] = problem
        } else if let stamp = FileStamp(file) {
          files.append(
            InboxFile(
              path: path, stamp: stamp, isDeclaredReady: names.contains(name + InboxName.readyEnding),
              hasDigest: names.contains(name + InboxName.digestEnding)))
        }
      case CLINUX_FILE_LINK: blocked[path] = "links are not followed: move or copy the file itself"
      default: blocked[path] = "not a regular file"
      }
    }
  }
}
