import CLinux
import Foundations
package import ServiceFoundation

/// A drop in the inbox as one look found it.
struct InboxFile: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    case file, directory
    /// A `.ready` file that names files beside it.
    case list([String])
  }

  var path: String
  /// Of a directory or a list that of all its files.
  var stamp: FileStamp
  var kind = Kind.file
  /// A `.ready` file stands beside it; a `.sha256` file does.
  var isDeclaredReady = false
  var hasDigest = false

  /// What the drop is called.
  var name: String {
    let name = Directory.name(of: path)
    return kind == .file || kind == .directory ? name : InboxName.subject(ofSidecar: name) ?? name
  }
}

/// One look at the whole inbox. A directory in it is one drop, and so are the files that a list names; nothing of either is
/// one by itself.
package struct InboxScan: Sendable, Equatable {
  var files: [InboxFile] = []
  /// What cannot be taken, by path, and why.
  var blocked: [String: String] = [:]

  /// More are looked at once these have been taken.
  static let longest = 10_000

  /// Looks at `inbox`; links are not followed. Blocks.
  ///
  /// - Parameter trees: what earlier looks found in directories.
  /// - Throws: `FileError.failed` if the inbox cannot be listed, and what a look into a directory ends with.
  static func of(_ inbox: String, trees: inout TreeLooks) throws -> InboxScan {
    var scan = InboxScan()
    let names = Set(try Directory.names(in: inbox))
    let lists = ListedFiles(in: inbox, names)
    trees.begin(keeping: Set(names.map { inbox + "/" + $0 }))
    for name in names.sorted() where !InboxName.isIgnored(name) && lists.owners[name] == nil {
      guard scan.files.count + scan.blocked.count < longest else { break }
      try scan.look(at: name, in: inbox, beside: names, lists, &trees)
    }
    return scan
  }

  private mutating func look(
    at name: String, in inbox: String, beside: Set<String>, _ lists: ListedFiles, _ trees: inout TreeLooks
  ) throws {
    let path = inbox + "/" + name
    var file = clinux_file()
    guard clinux_look(path, &file) == 0 else {
      // Gone again, unless its name cannot even be spelled.
      if let problem = InboxName.problem(name) { blocked[path] = problem }
      return
    }
    var found = InboxFile(
      path: path, stamp: FileStamp(size: 0, modified: 0, inode: 0),
      isDeclaredReady: beside.contains(name + InboxName.readyEnding),
      hasDigest: beside.contains(name + InboxName.digestEnding))
    switch file.kind {
    case CLINUX_FILE_DIRECTORY:
      if let problem = InboxName.problem(name) {
        blocked[path] = problem
        return
      }
      switch try trees.look(into: path, file) {
      case nil: return
      case .problem(let problem): blocked[path] = "left as it is: \(problem)"
      case .stamp(let stamp):
        (found.kind, found.stamp) = (.directory, stamp)
        if stamp.size == 0 { blocked[path] = "empty: waits for its files" } else { files.append(found) }
      }
    case CLINUX_FILE_REGULAR:
      if let list = lists.found[name] {
        switch list {
        case .problem(let problem): blocked[path] = problem
        case .names(let names, let stamp):
          (found.kind, found.stamp, found.isDeclaredReady) = (.list(names), stamp, false)
          found.hasDigest = beside.contains(found.name + InboxName.digestEnding)
          files.append(found)
        }
      } else if let subject = InboxName.subject(ofSidecar: name) {
        let isList = lists.found[subject + InboxName.readyEnding] != nil
        if !beside.contains(subject), !isList { blocked[path] = "waits for \(subject)" }
      } else if let problem = InboxName.problem(name) {
        blocked[path] = problem
      } else if file.size == 0 {
        blocked[path] = "empty: waits for its bytes"
      } else if let stamp = FileStamp(file) {
        found.stamp = stamp
        files.append(found)
      }
    case CLINUX_FILE_LINK: blocked[path] = "links are not followed: move or copy the file itself"
    default: blocked[path] = "not a regular file"
    }
  }

  /// Hidden names that a kill left to what was about to be removed. Blocks.
  package static func taken(in inbox: String) throws(FileError) -> [String] {
    try Directory.names(in: inbox).filter { InboxName.name(ofTaken: $0) != nil }.map { inbox + "/" + $0 }.sorted()
  }
}
