import CLinux
package import Foundations
import Glibc

/// Writes a directory of files, and archives in it, as `TreeReader` reads them.
///
/// All files get their times when the last one is complete: until a batch is marked, everything behind its first sample waits,
/// and the times of unmarked neighbours would tell.
final class TreeWriter: ContainerWriter {
  private let root: String
  private var made: Set<String> = []
  private var times: [(path: String, modified: Int)] = []
  private var digests = FileListDigest()
  /// What is complete, in the order in which it came.
  private(set) var files: [DatasetFile] = []
  private var current: Current?

  private enum Current {
    case plain(name: String, Sink)
    case shard(ArchiveMember.Shard, ArchiveWriter)
  }

  /// `FileSink` by reference.
  private final class Sink {
    var sink: FileSink

    init(_ path: String, mode: mode_t) throws { sink = try FileSink(path: path, mode: mode) }
  }

  /// Makes the directory.
  init(path: String) throws {
    root = path
    try attempt { () throws(SystemCall.Failure) in try DurableFile(path).createDirectory() }
  }

  func begin(_ member: ArchiveMember) throws {
    guard let shard = member.shard else {
      try close()
      guard member.kind == .file else { return }
      let path = try place(member.name, modified: member.modified)
      current = .plain(name: member.name, try Sink(path, mode: member.isExecutable ? 0o755 : 0o644))
      return
    }
    if member.name == shard.folder {
      try close()
      let path = try place(shard.name, modified: member.modified)
      current = .shard(shard, try ArchiveWriter(path: path, container: shard.container))
      return
    }
    guard case .shard(shard, let writer) = current else { preconditionFailure("a shard starts with its directory") }
    var stripped = member
    stripped.name.removeFirst(shard.folder.count)
    stripped.shard = nil
    try writer.begin(stripped)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    switch current {
    case .plain(_, let sink): try sink.sink.write(bytes)
    case .shard(_, let writer): try writer.write(Span<UInt8>(_unsafeBytes: bytes))
    case nil: preconditionFailure("content without a member")
    }
  }

  func finish() throws {
    try close()
    for (path, modified) in times {
      var both = [timespec](repeating: timespec(tv_sec: modified, tv_nsec: 0), count: 2)
      try attempt { () throws(SystemCall.Failure) in
        try SystemCall.run("set the time of", path) { utimensat(AT_FDCWD, path, &both, AT_SYMLINK_NOFOLLOW) }
      }
    }
    // One call for all of them: a million files are not waited for one by one.
    try attempt { () throws(SystemCall.Failure) in
      let descriptor = try SystemCall.run("open", root) { open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
      defer { Glibc.close(descriptor) }
      try SystemCall.run("sync", root) {
        let result = clinux_sync_filesystem(descriptor)
        if result < 0 { errno = -result }
        return min(result, 0)
      }
    }
  }

  var bytes: Int { files.reduce(0) { $0 + $1.bytes } }

  func digest() -> HexDigest { digests.digest() }

  /// Makes the directory for a new file, and remembers the file's time.
  private func place(_ name: String, modified: Int) throws -> String {
    let path = "\(root)/\(name)"
    let folder = DurableFile(path).parent
    if made.insert(folder).inserted {
      try attempt { () throws(SystemCall.Failure) in try DurableFile(folder).createDirectory() }
    }
    // On a file system that takes two names for one.
    guard !DurableFile(path).exists else { throw DatasetError(.duplicateMember, file: root, member: name) }
    times.append((path, modified))
    return path
  }

  private func close() throws {
    let last = current
    current = nil
    switch last {
    case nil: return
    case .plain(let name, let sink): add(name, sink.sink.bytesWritten, sink.sink.digest)
    case .shard(let shard, let writer):
      let written = try writer.finish()
      add(shard.name, written.bytes, written.digest)
    }
  }

  private func add(_ name: String, _ bytes: Int, _ digest: HexDigest) {
    files.append(DatasetFile(name: name, bytes: bytes, digest: digest))
    digests.add(name, digest)
  }

  private func attempt(_ body: () throws(SystemCall.Failure) -> Void) throws {
    do throws(SystemCall.Failure) { try body() } catch {
      throw DatasetError(.io(operation: error.operation, errno: error.errno), file: error.path)
    }
  }
}

/// A file of a dataset that is several.
package struct DatasetFile: Sendable, Equatable {
  /// Below the directory.
  package let name: String
  package let bytes: Int
  package let digest: HexDigest
}
