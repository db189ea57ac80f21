package import CLinux
import Glibc

/// What tells one state of a file from another without reading it.
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

  /// The stamp of the file at `path`, links not followed; nil if nothing is there.
  ///
  /// - Throws: `FileError.failed`, `.notRegular`.
  package static func of(_ path: String) throws(FileError) -> FileStamp? {
    var file = clinux_file()
    let result = clinux_look(path, &file)
    if result == -ENOENT || result == -ENOTDIR { return nil }
    guard result == 0 else { throw .failed(operation: "look at", path: path, errno: -result) }
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
