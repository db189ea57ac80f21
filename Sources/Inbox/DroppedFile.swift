import CLinux
import Crypto
import Foundations
import Glibc
import ServiceFoundation

/// A file in the inbox, open. It belongs to somebody else, who may write to it, rename it or put another in its place at any
/// moment: what the daemon works on is a copy of its own.
struct DroppedFile: ~Copyable {
  let path: String
  /// As it was when it was opened.
  let stamp: FileStamp
  private let file: OpenFile

  /// - Throws: `FileError.changed` when another file is at `path` by now; `.notRegular`, `.failed`.
  init(_ path: String, stamp: FileStamp) throws(FileError) {
    let file = try OpenFile.foreign(path)
    guard try file.stamp() == stamp else { throw .changed(path: path) }
    self.path = path
    self.stamp = stamp
    self.file = file
  }

  /// Whether anybody has it open for writing; nil where the kernel does not tell.
  /// - Parameter processes: whether what all processes have open is looked at where it does not; of many files that takes long.
  func isBeingWritten(asking processes: Bool = true) -> Bool? {
    switch clinux_is_being_written(file.descriptor) {
    case 0: false
    case 1: true
    default: processes ? WritersByProcess.hasWriter(of: file.descriptor) : nil
    }
  }

  /// Whether most of it has never been written: a download that set its size first, or a sparse file. Compressing file
  /// systems store archives in less than their size, but not in an eighth; some remote ones do not say (0).
  var isMostlyHoles: Bool {
    get throws(FileError) {
      let facts = try file.facts()
      return facts.size >= 1 << 20 && facts.allocated > 0 && facts.allocated < facts.size / 8
    }
  }

  func head(_ count: Int) throws(FileError) -> [UInt8] { try file.read(count, at: 0) }

  func read(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] { try file.read(count, at: offset) }

  /// Copies the bytes to a new file at `target`, read-only and of the daemon's own, and syncs it; shares them where the file
  /// system can.
  ///
  /// `piece` is told the bytes so far after each piece and may throw to stop. Without `isSynced` whoever called has still to
  /// see that it is on the disk.
  /// - Returns: the SHA-256 of what was written, hex.
  /// - Throws: `FileError.changed` when the file changed meanwhile, `.failed`, or what `piece` throws; nothing is left
  ///   at `target` then.
  func copy(to target: String, isSynced: Bool = true, piece: (Int) throws -> Void) throws -> String {
    let output = try OpenFile.new(target, mode: 0o600)
    do {
      let isShared = clinux_clone(output.descriptor, file.descriptor) == 0
      var hash = SHA256()
      var buffer = [UInt8](repeating: 0, count: FileDigest.pieceBytes)
      var total = 0
      while true {
        // What is hashed is what the daemon will work on: the copy, where it shares the bytes.
        let count = isShared ? try output.read(into: &buffer) : try file.read(into: &buffer)
        if count == 0 { break }
        total += count
        guard total <= stamp.size else { throw FileError.changed(path: path) }
        hash.update(data: buffer[..<count])
        if !isShared { try output.write(buffer[..<count]) }
        try piece(total)
      }
      guard try file.stamp() == stamp, total == stamp.size else { throw FileError.changed(path: path) }
      try output.setModified(nanoseconds: stamp.modified)
      try output.setMode(Self.copyMode)
      if isSynced {
        try output.sync()
        try Directory.sync(Directory.parent(of: target))
      }
      return HexDigest(hash.finalize()).description
    } catch {
      try? FileMove.remove(target)
      throw error
    }
  }

  /// Read-only, and for the group, which may look at its own archive again once it has failed.
  static let copyMode: mode_t = 0o440
}

/// Writers as /proc shows them, to root and to the files' own user: for file systems without leases.
private enum WritersByProcess {
  /// Nil unless every process of this user could be looked at.
  static func hasWriter(of descriptor: Int32) -> Bool? {
    var file = clinux_file()
    // Processes of others hide what they have open from everybody but root.
    guard clinux_look_open(descriptor, &file) == 0, geteuid() == 0 || file.owner == geteuid(),
      let processes = try? Directory.names(in: "/proc")
    else { return nil }
    for process in processes where process.allSatisfy(\.isASCII) && Int(process) != nil {
      let directory = "/proc/\(process)/fd"
      // Gone since, or another user's.
      guard let descriptors = try? Directory.names(in: directory) else { continue }
      for name in descriptors {
        var open = clinux_file()
        var link = clinux_file()
        // The link's own mode says how it was opened: w for writing.
        guard clinux_follow("\(directory)/\(name)", &open) == 0, open.inode == file.inode, open.device == file.device,
          clinux_look("\(directory)/\(name)", &link) == 0, link.mode & S_IWUSR != 0
        else { continue }
        return true
      }
    }
    return false
  }
}
