import CArchive

/// Writes a tar stream front to back, the same bytes for the same calls.
///
/// Format: POSIX ustar, with a pax header only where a name or a number does not fit. uid and gid are 0 without names,
/// modes 0644 or 0755, whole seconds of the source's time, records of 10240 bytes; nothing else of a source's header
/// (owners, extended attributes, access times) is carried over.
final class TarWriter: ContainerWriter {
  private let path: String
  private let handle: OpaquePointer
  private let target: WriteTarget

  init(path: String, to output: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    guard let handle = archive_write_new() else {
      throw DatasetError(.library("no memory for an archive handle"), file: path)
    }
    self.path = path
    self.handle = handle
    target = WriteTarget(output)
    try check(archive_write_set_format_pax_restricted(handle))
    try check(target.open(handle))
  }

  deinit {
    target.free(handle)
  }

  func begin(_ member: ArchiveMember) throws {
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
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    let count = archive_write_data(handle, bytes.baseAddress, bytes.count)
    if let failure = target.failure { throw failure }
    guard count == bytes.count else { throw libraryFailure(nil) }
  }

  func finish() throws { try check(archive_write_close(handle)) }

  private func check(_ status: Int32) throws {
    if let failure = target.failure { throw failure }
    guard status == ARCHIVE_OK else { throw libraryFailure(nil) }
  }

  private func libraryFailure(_ member: String?) -> DatasetError {
    let message = archive_error_string(handle).map { String(cString: $0) } ?? "unknown error"
    return DatasetError(.library(message), file: path, member: member)
  }
}
