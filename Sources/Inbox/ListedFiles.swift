import Foundations
import Glibc
import ServiceFoundation

/// The lists of shards in an inbox, and which files they name: those are no drops of their own, also while something is wrong
/// with the list.
struct ListedFiles {
  enum List {
    case names([String], FileStamp)
    case problem(String)
  }

  /// Nobody has more at a time.
  private static let most = 100

  /// By the list's name, `NAME.ready`.
  private(set) var found: [String: List] = [:]
  /// The list that names a file.
  private(set) var owners: [String: String] = [:]

  /// - Parameter names: everything in the inbox.
  init(in inbox: String, _ names: Set<String>) {
    for name in names.sorted() where !InboxName.isIgnored(name) {
      // Beside what it is called after, it only says that that is complete.
      guard name.hasSuffix(InboxName.readyEnding), let subject = InboxName.subject(ofSidecar: name),
        !names.contains(subject), found.count < Self.most, let (bytes, stamp) = try? Self.read(inbox + "/" + name),
        bytes.contains(where: { ![0x0A, 0x0D, 0x20, 0x09].contains($0) })
      else { continue }
      for listed in Self.mentioned(in: bytes) where owners[listed] == nil { owners[listed] = name }
      found[name] = list(name, subject, bytes, stamp, in: inbox)
    }
  }

  private func list(_ name: String, _ subject: String, _ bytes: [UInt8], _ stamp: FileStamp, in inbox: String) -> List {
    if let problem = InboxName.problem(subject) { return .problem(problem) }
    do {
      guard let list = try ReadyList(bytes) else { return .problem("waits for \(subject)") }
      for shard in list.names {
        if let other = owners[shard], other != name { return .problem("names \(shard), which \(other) names too") }
        guard ArchiveName.stem(of: shard) != nil, !InboxName.isIgnored(shard) else {
          return .problem("names \(shard), which is not called like an archive (.tar, .tar.gz, .zip, …): take it out")
        }
      }
      let tree = try StrangersTree(inbox, names: list.names)
      if let empty = tree.files.first(where: { $0.size == 0 }) {
        return .problem("\(empty.name) is empty: waits for its bytes")
      }
      return .names(list.names, FileStamp(tree, list: stamp))
    } catch {
      return .problem("\(error)")
    }
  }

  /// The list at a path as it is now: its names and the stamp of all.
  /// - Throws: `FileError.changed` if it is none any more.
  static func stamp(of path: String) throws(FileError) -> FileStamp {
    let (bytes, stamp) = try read(path)
    guard let list = try? ReadyList(bytes), let tree = try? StrangersTree(Directory.parent(of: path), names: list.names)
    else { throw .changed(path: path) }
    return FileStamp(tree, list: stamp)
  }

  /// What a list names, in the order of its lines; nil for a file that is none. Blocks.
  static func names(of path: String) -> [String]? {
    (try? read(path)).flatMap { try? ReadyList($0.0) }?.names
  }

  private static func read(_ path: String) throws(FileError) -> ([UInt8], FileStamp) {
    let file = try OpenFile.foreign(path)
    let stamp = try file.stamp()
    return (try file.read(min(stamp.size, ReadyList.limit + 1), at: 0), stamp)
  }

  /// Whatever may be meant by a line.
  private static func mentioned(in bytes: [UInt8]) -> [String] {
    bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).map { line in
      String(decoding: line.starts(with: "./".utf8) ? line.dropFirst(2) : line, as: UTF8.self)
    }
  }
}
