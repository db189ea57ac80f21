import CArchive
import Foundations
import Glibc

extension TarReader {
  /// The member that a header describes, once it has passed every rule.
  func describe(_ entry: OpaquePointer, handle: OpaquePointer, limits: InputLimits) throws -> ArchiveMember {
    let stored = archive_entry_pathname(entry)
    let bytes = stored.map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } ?? []
    let shown = String(decoding: bytes.prefix(limits.nameBytes), as: UTF8.self)
    func refusal(_ cause: DatasetError.Cause) -> DatasetError { DatasetError(cause, file: path, member: shown) }

    if let fault = ArchiveMember.fault(inName: bytes, limits: limits) { throw refusal(fault) }
    // What libarchive consumed for this member so far is its headers.
    let headerBytes = archive_filter_bytes(handle, 0) - archive_read_header_position(handle)
    guard headerBytes <= FixedLimits.headerBytes else {
      throw refusal(.headerTooLarge(limit: FixedLimits.headerBytes))
    }
    if archive_entry_hardlink(entry) != nil { throw refusal(.memberKind("hard link")) }
    let kind: ArchiveMember.Kind
    switch Int32(archive_entry_filetype(entry)) {
    case carchive_type_file(): kind = .file
    case carchive_type_directory(): kind = .directory
    case carchive_type_symbolic_link(): throw refusal(.memberKind("symbolic link"))
    case carchive_type_character_device(): throw refusal(.memberKind("character device"))
    case carchive_type_block_device(): throw refusal(.memberKind("block device"))
    case carchive_type_fifo(): throw refusal(.memberKind("fifo"))
    case carchive_type_socket(): throw refusal(.memberKind("socket"))
    default: throw refusal(.memberKind("file of unknown type"))
    }
    guard archive_entry_sparse_count(entry) == 0 else { throw refusal(.memberSparse) }
    let size = Int(archive_entry_size(entry))
    guard size >= 0, size <= limits.batchMemberBytes, kind == .file || size == 0 else {
      throw refusal(.memberTooLarge(bytes: size, limit: kind == .file ? limits.batchMemberBytes : 0))
    }
    return ArchiveMember(
      name: shown, kind: kind, size: size, modified: Int(archive_entry_mtime(entry)),
      isExecutable: archive_entry_perm(entry) & 0o100 != 0)
  }
}
