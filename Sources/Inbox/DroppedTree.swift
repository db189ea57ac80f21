import CLinux
import Foundations
import Glibc
import ServiceFoundation

/// A directory in the inbox, or the files that a list names, as one look found them. They belong to somebody else, who may
/// change or replace any of them at any moment: what the daemon works on is a copy of its own, of the very files that were
/// found.
struct DroppedTree {
  private let file: InboxFile
  /// Where its files lie.
  private let root: String
  private let tree: StrangersTree

  /// - Throws: `FileError.changed` when it is not as `file` has it; `.tree`; what `piece` throws.
  init(_ file: InboxFile, piece: () throws -> Void) throws {
    self.file = file
    if case .list(let names) = file.kind {
      root = Directory.parent(of: file.path)
      do throws(TreeFault) { tree = try StrangersTree(root, names: names) } catch {
        throw FileError.changed(path: file.path)
      }
    } else {
      root = file.path
      tree = try StrangersTree.looking(into: root, piece: piece)
    }
    guard try file.currentStamp(tree) == file.stamp else { throw FileError.changed(path: file.path) }
  }

  /// Why it is not to be taken as it is, although it stands still; nil if it is.
  /// - Parameter isDeclared: whether somebody says that it is complete.
  /// - Throws: `InboxError` for what may pass without any file changing.
  func obstacle(isDeclared: Bool, piece: () throws -> Void) throws -> String? {
    for found in tree.files {
      if found.links > 1 {
        return
          "\(found.name): it has another name as well (a hard link), through which it may change: drop a copy, cp -r"
      }
      if InboxName.isUnderWay(Directory.name(of: found.name)) { return "\(found.name): a download under way" }
    }
    if file.kind == .directory {
      for folder in [""] + tree.directories.map({ "/" + $0 }) where access(root + folder, W_OK | X_OK) != 0 {
        throw InboxError.unfit(
          name: file.name + folder,
          "the daemon cannot empty it, and removes what it has taken: chmod -R g+rwX \(file.name)")
      }
    }
    if isDeclared { return nil }
    for found in tree.files where ArchiveName.stem(of: found.name) != nil && found.size > 0 {
      try piece()
      let dropped = try DroppedFile(root + "/" + found.name, stamp: FileStamp(found))
      if try dropped.isMostlyHoles {
        return "\(found.name): most of it has not been written: a download under way, or a sparse file"
      }
      // What is no archive is its job's to say.
      guard let head = ArchiveHead(try dropped.head(ArchiveHead.bytes)) else { continue }
      if try ArchiveEnd.isMissing(of: head, in: dropped, piece: piece) {
        return "\(found.name): its end is missing: waits for the rest"
      }
    }
    return nil
  }

  /// Copies all files to a new directory at `target`, through to the disk.
  ///
  /// - Returns: their digest together, hex.
  /// - Throws: `FileError.changed` when any of it changed meanwhile, `InboxError.beingWritten`, `.failed`, or what `piece`
  ///   throws; nothing is left at `target` then.
  func copy(to target: String, piece: () throws -> Void) throws -> String {
    do {
      try Directory.make(target, mode: Self.folderMode)
      var folders: Set<String> = []
      var digest = FileListDigest()
      for found in tree.files {
        let folder = Directory.parent(of: target + "/" + found.name)
        if folders.insert(folder).inserted { try Directory.make(folder, mode: Self.folderMode) }
        do {
          // The file that was found, whatever link may be on the way to it by now.
          let dropped = try DroppedFile(root + "/" + found.name, stamp: FileStamp(found))
          if dropped.isBeingWritten(asking: false) == true {
            throw InboxError.unfit(name: found.name, InboxError.beingWritten.line)
          }
          digest.add(
            found.name, try dropped.copy(to: target + "/" + found.name, isSynced: false) { _ in try piece() })
        } catch FileError.changed, FileError.notRegular {
          throw FileError.changed(path: file.path)
        } catch FileError.failed(_, root + "/" + found.name, ENOENT) {
          throw FileError.changed(path: file.path)
        }
      }
      guard try file.currentStamp() == file.stamp else { throw FileError.changed(path: file.path) }
      try Directory.syncFilesystem(of: target)
      try Directory.sync(Directory.parent(of: target))
      return digest.digest().description
    } catch {
      try? Directory.remove(target)
      throw error
    }
  }

  private static let folderMode: mode_t = 0o750
}

extension InboxFile {
  /// The stamp of what is there now; nil if nothing is. Blocks.
  func currentStamp() throws(FileError) -> FileStamp? {
    if case .list = kind { return try ListedFiles.stamp(of: path) }
    return try FileStamp.of(path)
  }

  /// - Parameter tree: of what is there now.
  fileprivate func currentStamp(_ tree: StrangersTree) throws(FileError) -> FileStamp {
    if case .list = kind { return try ListedFiles.stamp(of: path) }
    return FileStamp(tree)
  }
}
