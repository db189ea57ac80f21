import Foundations

/// Writes a tar of tars, as `NestedTarReader` reads it. The size of an inner archive goes before it and is known at its end
/// only: it is written into a file beside the outer one first.
final class NestedTarWriter: ContainerWriter {
  private let path: String
  private let outer: TarWriter
  private var inner: Inner?

  private struct Inner {
    /// Its directory, as the reader hands it out.
    let directory: ArchiveMember
    let archive: String
    let spool: Spool
    let writer: TarWriter
  }

  init(path: String, to output: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    self.path = path
    outer = try TarWriter(path: path, to: output)
  }

  func begin(_ member: ArchiveMember) throws {
    guard let archive = member.archive else {
      try close()
      return try outer.begin(member)
    }
    let folder = NestedTarReader.folder(of: archive)
    if member.name == folder {
      try close()
      let spool = try Spool(path: path + ".inner", container: .tar)
      let writer = try TarWriter(path: path) { try spool.write($0) }
      inner = Inner(directory: member, archive: archive, spool: spool, writer: writer)
      return
    }
    guard let inner, inner.archive == archive else { preconditionFailure("an inner archive starts with its directory") }
    var stripped = member
    stripped.name.removeFirst(folder.count)
    try inner.writer.begin(stripped)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    if let inner { try inner.writer.write(bytes) } else { try outer.write(bytes) }
  }

  func finish() throws {
    try close()
    try outer.finish()
  }

  /// Completes the inner archive and puts it into the outer one.
  private func close() throws {
    guard let last = inner else { return }
    inner = nil
    try last.writer.finish()
    try last.spool.hand(
      begin: { bytes in
        var member = last.directory
        (member.name, member.kind, member.size) = (last.archive, .file, bytes)
        member.archive = nil
        try outer.begin(member)
      }, content: { try outer.write($0) })
  }
}
