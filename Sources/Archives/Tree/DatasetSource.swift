import Crypto
import Foundation
package import Foundations
import Glibc

/// The files of a dataset that a path leads to, in the order in which they are read: one archive; the files of a directory;
/// the shards in a directory, or those that a `NAME.ready` list names (docs/formats, "Several files").
package struct DatasetSource: Sendable {
  /// As the user named it.
  package let path: String
  /// `.directory` or `.shards`; nil for one archive, which says itself what it is.
  let container: ArchiveContainer?
  /// What is below `root`; nothing for one archive.
  let files: [StrangersTree.File]
  let root: String
  /// Bytes of all files; of one archive they are known when it is open.
  let bytes: Int

  /// - Throws: `DatasetError` for a directory or a list that breaks a rule. What one archive is is told by whoever opens it.
  package init(path: String, limits: InputLimits) throws {
    self.path = path
    var status = stat()
    let isThere = stat(path, &status) == 0
    let tree: StrangersTree
    var isList = false
    do {
      if isThere, status.st_mode & S_IFMT == S_IFDIR {
        tree = try StrangersTree(
          path, limit: min(limits.members, StrangersTree.entryLimit), depth: limits.nameDepth)
      } else if isThere, let list = try Self.list(at: path) {
        tree = try StrangersTree(DurableFile(path).parent, names: list.names)
        isList = true
      } else {
        (container, files, root, bytes) = (nil, [], path, 0)
        return
      }
    } catch let fault as TreeFault {
      throw DatasetError(fault, file: path)
    } catch let fault as ReadyList.Fault {
      throw DatasetError(.readyList(fault), file: path)
    }
    for file in tree.files {
      guard let cause = ArchiveMember.fault(inName: Array(file.name.utf8), limits: limits) else { continue }
      throw DatasetError(cause, file: path, member: file.name)
    }
    root = tree.root
    bytes = tree.bytes
    guard bytes > 0 else { throw DatasetError(.emptyDirectory, file: path) }
    guard bytes <= limits.archiveBytes else {
      throw DatasetError(.archiveTooLarge(bytes: bytes, limit: limits.archiveBytes), file: path)
    }
    let shard = tree.files.first { Self.isShard($0.name) }
    container = shard == nil ? .directory : .shards
    if isList, let other = tree.files.first(where: { !Self.isShard($0.name) }) {
      throw DatasetError(.noShard, file: path, member: other.name)
    }
    if let shard, let picture = tree.files.first(where: { Self.isPicture($0.name) }) {
      throw DatasetError(.archiveBesidePictures(picture.name), file: path, member: shard.name)
    }
    var folders: [String: String] = [:]
    for file in tree.files where container == .shards && Self.isShard(file.name) {
      guard let folder = ArchiveName.stem(of: file.name) else { continue }
      guard let other = folders.updateValue(file.name, forKey: folder) else { continue }
      throw DatasetError(.shardTwice(other), file: path, member: file.name)
    }
    // A picture's ending may become another.
    let keyed = tree.files.map { (key: Array(Self.stem(ofPicture: $0.name).utf8), file: $0) }
    files = keyed.sorted { a, b in
      a.key == b.key
        ? a.file.name.utf8.lexicographicallyPrecedes(b.file.name.utf8) : a.key.lexicographicallyPrecedes(b.key)
    }.map(\.file)
  }

  /// What several files are taken for, and why; nil for one archive.
  package var reading: String? {
    guard let container else { return nil }
    guard container == .shards else { return "\(files.count), none of them called like an archive" }
    let shards = files.map(\.name).filter(Self.isShard)
    let beside = files.count - shards.count
    return
      "\(shards.count) called like archives, the shards of one dataset: \(shards.first ?? "") … \(shards.last ?? "")"
      + (beside > 0 ? "; \(beside) beside them" : "")
  }

  /// What the whole of it is called: the path's last name, of a list what it is the list of.
  package static func name(ofPath path: String) -> String {
    var name = (path as NSString).lastPathComponent
    if [".", ".."].contains(name) { name = URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent }
    guard name.hasSuffix(ReadyList.ending), name != ReadyList.ending, (try? list(at: path)) != nil else { return name }
    return String(name.dropLast(ReadyList.ending.count))
  }

  private static func list(at path: String) throws -> ReadyList? {
    guard path.hasSuffix(ReadyList.ending), let file = try? StrangersFile(path, limit: ReadyList.limit),
      let bytes = try? file.bytes(limit: ReadyList.limit)
    else { return nil }
    return try ReadyList(bytes)
  }

  /// Whether a file of a directory is an archive to be read.
  static func isShard(_ name: String) -> Bool {
    ArchiveName.stem(of: name) != nil && !ArchiveMember(name: name, size: 0, modified: 0).isCompanion
  }

  private static func isPicture(_ name: String) -> Bool {
    let member = ArchiveMember(name: name, size: 0, modified: 0)
    return !member.isCompanion && member.path.last.map(ImageFormat.isNamedLikeAnImage) == true
  }

  private static func stem(ofPicture name: String) -> Substring {
    // What it would be called as a PNG, without that.
    ImageFormat.isNamedLikeAnImage(name[...]) ? ImageFormat.nameAsPNG(name).dropLast(4) : name[...]
  }
}

extension DatasetSource {
  /// SHA-256 of an archive; of several files their digest together. They are read from end to end.
  /// - Throws: `DatasetError`, `FileFault`, and what `onProgress` throws.
  package func digest(onProgress: ProgressReport) throws -> HexDigest {
    guard container != nil else {
      let file = try StrangersFile(path)
      return HexDigest(
        try file.digest(SHA256.self) { read in
          try onProgress(ArchiveProgress(bytesRead: read, bytesTotal: max(read, file.size)))
        })
    }
    var digest = FileListDigest()
    var done = 0
    for file in files {
      let opened = try StrangersFile(file.name, below: root)
      let found = try opened.digest(SHA256.self) { read in
        try onProgress(ArchiveProgress(bytesRead: done + read, bytesTotal: max(done + read, bytes)))
      }
      digest.add(file.name, HexDigest(found))
      done += file.size
    }
    return digest.digest()
  }
}

extension DatasetError {
  init(_ fault: TreeFault, file: String) {
    let cause: Cause =
      if case .system(let operation, let errno) = fault.rule {
        .io(operation: operation, errno: errno)
      } else {
        .tree(fault.rule)
      }
    self.init(cause, file: file, member: fault.name.isEmpty ? nil : fault.name)
  }
}
