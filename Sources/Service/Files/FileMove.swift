import CLinux
import Crypto
import Glibc

/// Moves that survive a power cut, also from one filesystem to another.
enum FileMove {
  /// Moves the file at `source` to `target`, making the directories above it. Blocks.
  ///
  /// Across filesystems the bytes are copied beside the target under a hidden name, synced and compared with
  /// `digest` before they get their name and the source goes; the time of last change is kept.
  /// - Throws: `ServiceError`; the source is then still where it was.
  static func move(_ source: String, to target: String, digest: String) throws(ServiceError) {
    let directory = Directory.parent(of: target)
    try Directory.make(directory, mode: 0o700)
    let result = clinux_rename_new(source, target)
    switch -result {
    case 0: break
    case EXDEV: try copy(source, to: target, in: directory, digest: digest)
    case EINVAL, ENOSYS:
      // A filesystem without RENAME_NOREPLACE. The target lies in a directory that only this process writes.
      if try FileStamp.of(target) != nil { throw .file(operation: "move", path: target, errno: EEXIST) }
      _ = try OpenFile.call("move", source) { rename(source, target) }
    default: throw .file(operation: "move", path: source, errno: -result)
    }
    try Directory.sync(directory)
    try Directory.sync(Directory.parent(of: source))
  }

  private static func copy(
    _ source: String, to target: String, in directory: String, digest: String
  ) throws(ServiceError) {
    let hidden = directory + "/.incoming-" + Directory.name(of: target)
    do throws(ServiceError) {
      let input = try OpenFile(source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      let stamp = try input.stamp()
      let output = try OpenFile(hidden, O_WRONLY | O_CREAT | O_TRUNC)
      var hash = SHA256()
      var buffer = [UInt8](repeating: 0, count: FileDigest.pieceBytes)
      while true {
        let count = try input.read(into: &buffer)
        if count == 0 { break }
        hash.update(data: buffer[..<count])
        try output.write(buffer[..<count])
      }
      guard FileDigest.hex(hash.finalize()) == digest else { throw .inputChanged(path: source) }
      try output.setModified(nanoseconds: stamp.modified)
      try output.sync()
      _ = try OpenFile.call("move", hidden) { rename(hidden, target) }
      try Directory.sync(directory)
    } catch {
      unlink(hidden)
      throw error
    }
    try remove(source)
  }

  /// Removes a file; one that is gone already is fine.
  static func remove(_ path: String) throws(ServiceError) {
    if unlink(path) != 0, errno != ENOENT { throw .file(operation: "remove", path: path, errno: errno) }
  }

  /// Writes a whole file under a hidden name, syncs it and gives it its name.
  static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws(ServiceError) {
    let directory = Directory.parent(of: path)
    let hidden = directory + "/." + Directory.name(of: path) + ".tmp"
    do throws(ServiceError) {
      let file = try OpenFile(hidden, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
      file.setMode(mode)
      try file.write(bytes[...])
      try file.sync()
      _ = try OpenFile.call("move", hidden) { rename(hidden, path) }
      try Directory.sync(directory)
    } catch {
      unlink(hidden)
      throw error
    }
  }
}
