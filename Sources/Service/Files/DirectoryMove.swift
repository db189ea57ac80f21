import CLinux
import Foundation
import Glibc

/// Moves of whole directories that survive a power cut, also from one filesystem to another.
enum DirectoryMove {
  /// Moves the directory at `source` to `target`, beside which it is built when it has to be copied. Blocks.
  ///
  /// At every moment one of the two is whole; a reader of `target` sees all of it or nothing.
  /// - Throws: `ServiceError`; the source is then still where it was.
  static func move(_ source: String, to target: String) throws(ServiceError) {
    let directory = Directory.parent(of: target)
    let result = clinux_rename_new(source, target)
    switch -result {
    case 0: break
    case EXDEV:
      let hidden = directory + "/.incoming-" + Directory.name(of: target)
      try Directory.remove(hidden)
      try copy(source, to: hidden)
      _ = try OpenFile.call("move", hidden) { rename(hidden, target) }
      try Directory.sync(directory)
      try Directory.remove(source)
    case EINVAL, ENOSYS:
      // A filesystem without RENAME_NOREPLACE. The target lies in a directory that only this process writes.
      if Directory.exists(target) { throw .file(operation: "move", path: target, errno: EEXIST) }
      _ = try OpenFile.call("move", source) { rename(source, target) }
    default: throw .file(operation: "move", path: source, errno: -result)
    }
    try Directory.sync(directory)
    try Directory.sync(Directory.parent(of: source))
  }

  /// Copies regular files and directories with their modes, through to the disk.
  static func copy(_ source: String, to target: String) throws(ServiceError) {
    try Directory.make(target, mode: 0o755)
    for name in try Directory.names(in: source) {
      let (from, to) = (source + "/" + name, target + "/" + name)
      if Directory.exists(from) {
        try copy(from, to: to)
        continue
      }
      let input = try OpenFile(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      let stamp = try input.stamp()
      let output = try OpenFile(to, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
      var buffer = [UInt8](repeating: 0, count: FileDigest.pieceBytes)
      while true {
        let count = try input.read(into: &buffer)
        if count == 0 { break }
        try output.write(buffer[..<count])
      }
      try output.setModified(nanoseconds: stamp.modified)
      try output.sync()
    }
    try Directory.sync(target)
  }
}
