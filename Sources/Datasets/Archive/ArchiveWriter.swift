import CArchive
package import Foundations

/// Writes a tar archive front to back, the same bytes for the same calls.
///
/// Format: POSIX ustar, with a pax header only where a name or a number does not fit. uid and gid are 0 without names,
/// modes 0644 or 0755, whole seconds of the source's time, records of 10240 bytes; nothing else of a source's header
/// (owners, extended attributes, access times) is carried over.
package final class ArchiveWriter {
  private let path: String
  private let handle: OpaquePointer
  private let chunks: Chunks
  private let target: WriteTarget
  /// Content bytes that the current member's header still promises.
  private var owed = 0

  /// Gathers the tar stream into pieces that are worth handing to another thread.
  private final class Chunks {
    let sink: ArchiveSink
    private var chunk: [UInt8] = []

    init(_ sink: ArchiveSink) {
      self.sink = sink
      chunk.reserveCapacity(ArchiveSink.chunkBytes)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
      if chunk.count + bytes.count > ArchiveSink.chunkBytes { try flush() }
      chunk.append(contentsOf: bytes)
    }

    func flush() throws {
      guard !chunk.isEmpty else { return }
      let full = chunk
      chunk = []
      chunk.reserveCapacity(ArchiveSink.chunkBytes)
      try sink.write(full)
    }
  }

  /// Creates the file at `path`, or empties it.
  /// - Parameter mode: the file's, from its first moment on.
  package init(path: String, container: ArchiveContainer, mode: UInt32 = 0o644) throws {
    let chunks = Chunks(try ArchiveSink(path: path, container: container, mode: mode))
    guard let handle = archive_write_new() else {
      throw DatasetError(.library("no memory for an archive handle"), file: path)
    }
    self.path = path
    self.handle = handle
    self.chunks = chunks
    target = WriteTarget { try chunks.append($0) }
    try check(archive_write_set_format_pax_restricted(handle))
    try check(target.open(handle))
  }

  deinit {
    target.free(handle)
  }

  /// Starts a member; the one before it must be complete.
  package func begin(_ member: ArchiveMember) throws {
    precondition(owed == 0, "\(owed) bytes of the member before are missing")
    guard let entry = archive_entry_new() else {
      throw DatasetError(.library("no memory for an archive entry"), file: path, member: member.name)
    }
    defer { archive_entry_free(entry) }
    archive_entry_set_pathname(entry, member.name)
    let isFile = member.kind == .file
    archive_entry_set_filetype(entry, UInt32(isFile ? carchive_type_file() : carchive_type_directory()))
    archive_entry_set_perm(entry, isFile && !member.isExecutable ? 0o644 : 0o755)
    archive_entry_set_size(entry, la_int64_t(member.size))
    archive_entry_set_mtime(entry, member.modified, 0)
    let status = archive_write_header(handle, entry)
    if let failure = target.failure { throw failure }
    // The warning is that the C locale cannot say a non-ASCII name; its bytes are stored as they are.
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw libraryFailure(member.name) }
    owed = member.size
  }

  /// Appends content to the current member.
  package func write(_ bytes: Span<UInt8>) throws {
    guard bytes.count > 0 else { return }
    precondition(bytes.count <= owed, "more bytes than the member's header promises")
    let count = bytes.withUnsafeBufferPointer { archive_write_data(handle, $0.baseAddress, $0.count) }
    if let failure = target.failure { throw failure }
    guard count == bytes.count else { throw libraryFailure(nil) }
    owed -= bytes.count
  }

  /// Writes a whole member.
  package func add(_ member: ArchiveMember, content: [UInt8]) throws {
    try begin(member)
    try write(content.span)
  }

  /// Ends the archive and forces it to the disk; nothing is complete before this returns.
  ///
  /// - Returns: size and SHA-256 of the file.
  package func finish() throws -> (bytes: Int, digest: HexDigest) {
    precondition(owed == 0, "\(owed) bytes of the last member are missing")
    try check(archive_write_close(handle))
    try chunks.flush()
    return try chunks.sink.finish()
  }

  private func check(_ status: Int32) throws {
    if let failure = target.failure { throw failure }
    guard status == ARCHIVE_OK else { throw libraryFailure(nil) }
  }

  private func libraryFailure(_ member: String?) -> DatasetError {
    let message = archive_error_string(handle).map { String(cString: $0) } ?? "unknown error"
    return DatasetError(.library(message), file: path, member: member)
  }
}
