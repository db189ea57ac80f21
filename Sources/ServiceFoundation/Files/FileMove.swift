package import CLinux
import Crypto
import Foundations
import Glibc

/// Moves that survive a power cut, also from one filesystem to another, between directories that only this process writes.
package enum FileMove {
  /// Moves the file or the directory at `source` to `target`, making the directories above it. Blocks.
  ///
  /// Across filesystems the bytes are copied beside the target under a hidden name, synced and compared with
  /// `digest` before they get their name and the source goes; mode and time of last change are kept.
  /// - Throws: `FileError`; the source is then still where it was.
  package static func move(_ source: String, to target: String, digest: String) throws(FileError) {
    let directory = Directory.parent(of: target)
    try Directory.make(directory, mode: 0o700)
    if try Directory.exists(source) { return try DirectoryMove.move(source, to: target, digest: digest) }
    do {
      try rename(source, to: target)
    } catch .failed(_, _, EXDEV) {
      try copy(source, to: target, in: directory, digest: digest)
      try remove(source)
    } catch {
      throw error
    }
    try Directory.sync(directory)
    try Directory.sync(Directory.parent(of: source))
  }

  /// Gives a file or directory another name on its filesystem, never that of something else.
  ///
  /// - Throws: `FileError.failed`, with EEXIST where `target` is taken and EXDEV where it is on another filesystem.
  package static func rename(_ source: String, to target: String) throws(FileError) {
    do {
      try FileBoundary.call("move", source) {
        let result = clinux_rename_new(source, target)
        if result < 0 { errno = -result }
        return result < 0 ? -1 : 0
      }
    } catch .failed(_, _, let number) where number == EINVAL || number == ENOSYS {
      // A filesystem without RENAME_NOREPLACE. The target lies in a directory that only this process writes.
      var file = clinux_file()
      if clinux_look(target, &file) != -ENOENT { throw .failed(operation: "move", path: target, errno: EEXIST) }
      try FileBoundary.call("move", source) { Glibc.rename(source, target) }
    } catch {
      throw error
    }
  }

  private static func copy(
    _ source: String, to target: String, in directory: String, digest: String
  ) throws(FileError) {
    let hidden = directory + "/.incoming-" + Directory.name(of: target)
    try remove(hidden)
    do throws(FileError) {
      let input = try OpenFile.foreign(source)
      let facts = try input.facts()
      let output = try OpenFile.new(hidden, mode: 0o600)
      var hash = SHA256()
      var buffer = [UInt8](repeating: 0, count: FileDigest.pieceBytes)
      while true {
        let count = try input.read(into: &buffer)
        if count == 0 { break }
        hash.update(data: buffer[..<count])
        try output.write(buffer[..<count])
      }
      guard HexDigest(hash.finalize()).description == digest else { throw .changed(path: source) }
      try output.setMode(facts.mode & 0o777)
      try output.setModified(nanoseconds: Int(facts.modified))
      try output.sync()
      try rename(hidden, to: target)
    } catch {
      try? remove(hidden)
      throw error
    }
  }

  /// Removes a file; one that is gone already is fine.
  package static func remove(_ path: String) throws(FileError) {
    do {
      try FileBoundary.call("remove", path) { unlink(path) }
    } catch .failed(_, _, ENOENT) {
      return
    } catch {
      throw error
    }
  }

  /// Writes a whole file under a hidden name, syncs it and gives it its name.
  package static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws(FileError) {
    let hidden = Directory.parent(of: path) + "/." + Directory.name(of: path) + ".tmp"
    do throws(SystemCall.Failure) {
      try DurableFile(path).replace(with: bytes, mode: mode, exactly: true, under: hidden)
    } catch {
      throw FileError(error)
    }
  }
}
