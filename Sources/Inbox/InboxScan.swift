import CLinux
package import ServiceFoundation

/// A file in the inbox as one look found it.
struct InboxFile: Sendable, Equatable {
  var path: String
  var stamp: FileStamp
  /// A `.ready` file stands beside it; a `.sha256` file does.
  var isDeclaredReady = false
  var hasDigest = false

  var name: String { Directory.name(of: path) }
}

/// One look at the whole inbox. A directory in it is one drop, and nothing in it is looked at by itself.
package struct InboxScan: Sendable, Equatable {
  var files: [InboxFile] = []
  /// What cannot be taken, by path, and why.
  var blocked: [String: String] = [:]
  /// Hidden names that a kill left to files which were about to be removed.
  package var taken: [String] = []

  /// More are looked at once these have been taken.
  static let longest = 10_000

  /// Looks at `inbox`; links are not followed. Blocks.
  ///
  /// - Throws: `FileError.failed` if the inbox cannot be listed.
  package static func of(_ inbox: String) throws(FileError) -> InboxScan {
    var scan = InboxScan()
    let names = Set(try Directory.names(in: inbox))
    scan.taken = names.filter { InboxName.name(ofTaken: $0) != nil }.map { inbox + "/" + $0 }.sorted()
    for name in names.sorted() where !InboxName.isIgnored(name) {
      guard scan.files.count + scan.blocked.count < longest else { break }
      scan.look(at: name, in: inbox, beside: names)
    }
    return scan
  }

  private mutating func look(at name: String, in inbox: String, beside names: Set<String>) {
    let path = inbox + "/" + name
    var file = clinux_file()
    guard clinux_look(path, &file) == 0 else {
      // Gone again, unless its name cannot even be spelled.
      if let problem = InboxName.problem(name) { blocked[path] = problem }
      return
    }
    switch file.kind {
    case CLINUX_FILE_DIRECTORY:
      blocked[path] =
        "a directory, left as it is: pack it into one archive (tar -cf NAME.tar -C \(name) .) and drop that"
    case CLINUX_FILE_REGULAR:
      if let subject = InboxName.subject(ofSidecar: name) {
        if !names.contains(subject) { blocked[path] = "waits for \(subject)" }
      } else if let problem = InboxName.problem(name) {
        blocked[path] = problem
      } else if file.size == 0 {
        blocked[path] = "empty: waits for its bytes"
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
