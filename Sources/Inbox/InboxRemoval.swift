import CLinux
import Glibc
package import ServiceFoundation

/// Takes files out of the inbox whose bytes are safe elsewhere, and no others.
package enum InboxRemoval {
  /// Removes the file at `path`, with its sidecars, if it is still the one with this stamp; one that is gone is fine. Blocks.
  ///
  /// Its owner may put another file in its place at any moment. So it gets a hidden name first, under which only the daemon
  /// looks for it; what turns out to be another file gets its name back.
  /// - Returns: whether nothing is left to remove; false where another file is in its place.
  package static func remove(_ path: String, stamp: FileStamp, chance: UInt32 = .random(in: 0...(.max)))
    throws(FileError)
    -> Bool
  {
    let inbox = Directory.parent(of: path)
    let hidden = inbox + "/" + InboxName.taken(Directory.name(of: path), chance: chance)
    do {
      try FileMove.rename(path, to: hidden)
    } catch .failed(_, _, ENOENT) {
      return true
    } catch {
      throw error
    }
    guard let found = try? FileStamp.of(hidden), found.isSameFile(as: stamp) else {
      try FileMove.rename(hidden, to: path)
      return false
    }
    do {
      try FileMove.remove(hidden)
    } catch {
      // Under its own name it is found again: by whoever tries once more, and by its owner.
      try? FileMove.rename(hidden, to: path)
      throw error
    }
    try removeSidecars(of: path)
    try Directory.sync(inbox)
    return true
  }

  static func removeSidecars(of path: String) throws(FileError) {
    for sidecar in InboxName.sidecars(of: path) {
      var file = clinux_file()
      if clinux_look(sidecar, &file) == 0, file.kind == CLINUX_FILE_REGULAR { try FileMove.remove(sidecar) }
    }
  }

  /// Gives files and directories their names back that a kill left hidden.
  package static func restore(_ hidden: String) throws(FileError) {
    guard let name = InboxName.name(ofTaken: Directory.name(of: hidden)) else { return }
    try giveBack(hidden, as: Directory.parent(of: hidden) + "/" + name)
  }
}
