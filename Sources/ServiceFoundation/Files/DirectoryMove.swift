import CLinux
import Foundations
import Glibc

/// Moves of whole directories that survive a power cut, also from one filesystem to another.
package enum DirectoryMove {
  /// Moves the directory at `source` to `target`, beside which it is built when it has to be copied. Blocks.
  ///
  /// At every moment one of the two is whole; a reader of `target` sees all of it or nothing.
  /// - Parameter digest: of its files together; a copy is compared with it.
  /// - Throws: `FileError`; the source is then still where it was.
  package static func move(_ source: String, to target: String, digest: String? = nil) throws(FileError) {
    let directory = Directory.parent(of: target)
    do {
      try FileMove.rename(source, to: target)
    } catch .failed(_, _, EXDEV) {
      let hidden = directory + "/.incoming-" + Directory.name(of: target)
      try Directory.remove(hidden)
      try copy(source, to: hidden)
      if let digest { try check(hidden, of: source, digest) }
      try FileMove.rename(hidden, to: target)
      try Directory.sync(directory)
      try Directory.remove(source)
    } catch {
      throw error
    }
    try Directory.sync(directory)
    try Directory.sync(Directory.parent(of: source))
  }

  /// - Throws: `FileError.changed` for a copy that has other bytes.
  private static func check(_ copy: String, of source: String, _ digest: String) throws(FileError) {
    let found: String?
    do { found = try FileDigest.of(copy, stamp: FileStamp(StrangersTree.inside(copy))) } catch let error as FileError {
      throw error
    } catch {
      found = nil
    }
    guard found == digest else { throw .changed(path: source) }
  }

  /// Copies regular files and directories with their modes, through to the disk.
  static func copy(_ source: String, to target: String) throws(FileError) {
    try Directory.make(target, mode: 0o755)
    for name in try Directory.names(in: source) {
      let (from, to) = (source + "/" + name, target + "/" + name)
      if try Directory.exists(from) {
        try copy(from, to: to)
        continue
      }
      let input = try OpenFile.foreign(from)
      let facts = try input.facts()
      let output = try OpenFile.new(to, mode: 0o644)
      try output.setMode(facts.mode & 0o777)
      var buffer = [UInt8](repeating: 0, count: FileDigest.pieceBytes)
      while true {
        let count = try input.read(into: &buffer)
        if count == 0 { break }
        try output.write(buffer[..<count])
      }
      try output.setModified(nanoseconds: Int(facts.modified))
      try output.sync()
    }
    try Directory.sync(target)
  }
}
