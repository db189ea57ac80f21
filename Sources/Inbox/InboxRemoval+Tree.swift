import CLinux
import Foundations
import Glibc
package import ServiceFoundation

/// Directories and lists of shards go file by file: what the daemon's copy has under the same name, with the same size and time.
/// Done again after a kill, it goes on with what is left.
extension InboxRemoval {
  /// Removes from the inbox what `copy` holds of the directory or the list at `path`; one that is gone is fine. Blocks.
  ///
  /// - Returns: whether nothing is left to remove; false where something is in its place that the copy does not hold.
  package static func remove(
    _ path: String, heldIn copy: String, chance: UInt32 = .random(in: 0...(.max))
  ) throws(FileError) -> Bool {
    let held = Dictionary(
      try StrangersTree.inside(copy).files.map { ($0.name, FileStamp($0)) }, uniquingKeysWith: { first, _ in first })
    if try Directory.exists(path) { return try removeDirectory(path, held, chance: chance) }
    return try removeList(path, held, chance: chance)
  }

  private static func removeList(
    _ path: String, _ held: [String: FileStamp], chance: UInt32
  ) throws(FileError) -> Bool {
    // Another list in its place is another drop.
    let subject = path.hasSuffix(ReadyList.ending) ? String(path.dropLast(ReadyList.ending.count)) : path
    guard let names = ListedFiles.names(of: path) else {
      guard try FileStamp.of(path) == nil else { return false }
      // What it had beside it may have outlived it.
      try removeSidecars(of: subject)
      return true
    }
    guard Set(names) == Set(held.keys) else { return false }
    let inbox = Directory.parent(of: path)
    var isClear = true
    for (name, stamp) in held.sorted(by: { $0.key < $1.key }) {
      let file = inbox + "/" + name
      let found: FileStamp
      do {
        guard let there = try FileStamp.of(file) else { continue }
        found = there
      } catch .notRegular, .tree {
        // Something else is in its place.
        isClear = false
        continue
      } catch {
        throw error
      }
      let isRemoved = found.hasContent(of: stamp) ? try remove(file, stamp: found, chance: chance) : false
      isClear = isClear && isRemoved
    }
    // The last of all: without it, shards that are left would be drops of their own.
    guard isClear else { return false }
    if let stamp = try FileStamp.of(path) { _ = try remove(path, stamp: stamp, chance: chance) }
    try removeSidecars(of: subject)
    try Directory.sync(inbox)
    return true
  }

  private static func removeDirectory(
    _ path: String, _ held: [String: FileStamp], chance: UInt32
  ) throws(FileError) -> Bool {
    let inbox = Directory.parent(of: path)
    let hidden = inbox + "/" + InboxName.taken(Directory.name(of: path), chance: chance)
    do {
      try FileMove.rename(path, to: hidden)
    } catch .failed(_, _, ENOENT) {
      return true
    } catch {
      throw error
    }
    do {
      let directory = try OpenFile(hidden, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      try empty(directory, hidden, "", of: held)
      try FileBoundary.call("remove", hidden) { rmdir(hidden) }
    } catch .failed(_, _, let number) where number == ENOTEMPTY || number == EEXIST {
      // Somebody has added to it: that is a drop of its own.
      try giveBack(hidden, as: path, chance: chance)
      return false
    } catch {
      // Under its own name it is found again: by whoever tries once more, and by its owner.
      try? giveBack(hidden, as: path, chance: chance)
      throw error
    }
    try removeSidecars(of: path)
    try Directory.sync(inbox)
    return true
  }

  /// Gives a hidden file or directory its name back, or one beside it where that is taken.
  static func giveBack(
    _ hidden: String, as path: String, chance: UInt32 = .random(in: 0...(.max))
  ) throws(FileError) {
    do {
      try FileMove.rename(hidden, to: path)
    } catch .failed(_, _, EEXIST) {
      try FileMove.rename(hidden, to: "\(path)-\(chance)")
    } catch {
      throw error
    }
  }

  /// Removes what is held, and folders that are empty then. No link is followed: folders are gone into by what is open.
  private static func empty(
    _ directory: borrowing OpenFile, _ path: String, _ prefix: String, of held: [String: FileStamp]
  ) throws(FileError) {
    for name in try Directory.names(in: "/proc/self/fd/\(directory.descriptor)") {
      var status = stat()
      guard fstatat(directory.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
      let place = path + "/" + name
      if status.st_mode & S_IFMT == S_IFDIR {
        let inner = try OpenFile(name, in: directory, path: place)
        try empty(inner, place, prefix + name + "/", of: held)
        do {
          try FileBoundary.call("remove", place) { unlinkat(directory.descriptor, name, AT_REMOVEDIR) }
        } catch .failed(_, _, let number) where [ENOTEMPTY, EEXIST, ENOENT].contains(number) {
          continue
        } catch {
          throw error
        }
      } else if status.st_mode & S_IFMT == S_IFREG, let stamp = held[prefix + name],
        stamp.hasContent(of: FileStamp(status))
      {
        do {
          try FileBoundary.call("remove", place) { unlinkat(directory.descriptor, name, 0) }
        } catch .failed(_, _, ENOENT) {
          continue
        } catch {
          throw error
        }
      }
    }
  }
}
