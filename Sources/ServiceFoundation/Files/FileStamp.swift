package import CLinux
package import Foundations
package import Glibc

/// What tells one state of a file from another, or of all files of a directory together, without reading it.
package struct FileStamp: Sendable, Hashable {
  /// Bytes.
  package var size: Int
  /// Nanoseconds since 1970: the bytes' last change as the file says, and the inode's, which nobody can set. The second is
  /// 0 in what the ledger keeps.
  package var modified: Int
  var changed: Int
  package var inode: UInt64

  package init(size: Int, modified: Int, changed: Int = 0, inode: UInt64) {
    self.size = size
    self.modified = modified
    self.changed = changed
    self.inode = inode
  }

  /// Nil for anything but a regular file.
  package init?(_ file: clinux_file) {
    guard file.kind == CLINUX_FILE_REGULAR else { return nil }
    size = Int(file.size)
    modified = Int(file.modified)
    changed = Int(file.changed)
    inode = file.inode
  }

  /// Of a file that the system has described.
  package init(_ status: stat) {
    self.init(StrangersTree.File("", status))
  }

  package init(_ file: StrangersTree.File) {
    self.init(size: file.size, modified: file.modified, changed: file.changed, inode: file.inode)
  }

  /// Of all files of a directory: their bytes together, their latest changes, and in the inode's place a number that is
  /// another one when any of them is another.
  /// - Parameter list: of the file that names them, where one does.
  package init(_ tree: StrangersTree, list: FileStamp? = nil) {
    size = tree.bytes
    modified = tree.files.map(\.modified).max() ?? 0
    changed = max(tree.files.map(\.changed).max() ?? 0, list?.changed ?? 0)
    let lines =
      tree.files.map { "\($0.name)\u{0}\($0.size) \($0.modified) \($0.changed) \($0.inode)\n" } + tree.directories
    let digest = HexDigest(of: Array("\(list?.inode ?? 0) \(list?.changed ?? 0)\n\(lines.joined())".utf8))
    inode = digest.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The stamp of what is at `path`, links not followed; nil if nothing is there. A directory is looked through.
  ///
  /// - Throws: `FileError.failed`, `.notRegular`, `.tree`.
  package static func of(_ path: String) throws(FileError) -> FileStamp? {
    var file = clinux_file()
    let result = clinux_look(path, &file)
    if result == -ENOENT || result == -ENOTDIR { return nil }
    guard result == 0 else { throw .failed(operation: "look at", path: path, errno: -result) }
    if file.kind == CLINUX_FILE_DIRECTORY { return FileStamp(try StrangersTree.inside(path)) }
    guard let stamp = FileStamp(file) else { throw .notRegular(path: path) }
    return stamp
  }

  /// The same file with the same bytes, whatever its name became meanwhile.
  package func isSameFile(as other: FileStamp) -> Bool {
    inode == other.inode && hasContent(of: other)
  }

  /// Equal but for the inode, which a copy to another filesystem changes.
  package func hasContent(of other: FileStamp) -> Bool {
    size == other.size && modified == other.modified
  }
}

extension StrangersTree {
  /// Deeper than any limit of a configuration that makes sense; jobs have their own.
  private static let depth = 64

  /// Looks through a directory; nothing in the way ends the look.
  /// - Throws: `FileError.tree`.
  package static func inside(_ path: String) throws(FileError) -> StrangersTree {
    do { return try looking(into: path) {} } catch let error as FileError { throw error } catch {
      preconditionFailure("a look throws faults alone: \(error)")
    }
  }

  /// - Parameter piece: called now and then; what it throws ends the look.
  /// - Throws: `FileError.tree`.
  package static func looking(into path: String, piece: () throws -> Void) throws -> StrangersTree {
    do { return try StrangersTree(path, depth: depth, piece: piece) } catch let fault as TreeFault {
      throw FileError.tree(path: path, fault)
    }
  }
}
