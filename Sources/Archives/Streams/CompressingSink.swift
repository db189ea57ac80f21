import CArchive
import Foundations

/// Writes a container's bytes into a file, compressed where it is compressed as a whole, with settings that never vary:
/// same bytes in, same file out.
///
/// gzip at level 6 with neither name nor time in its header, zstd at level 3, xz at level 6, all on the calling thread.
final class CompressingSink {
  private let file: SinkFile
  private let target: WriteTarget
  /// libarchive as a plain compressor; nil where nothing is compressed.
  private let handle: OpaquePointer?

  /// `FileSink` by reference, for the closure of the target.
  private final class SinkFile {
    var sink: FileSink

    init(path: String, mode: UInt32) throws { sink = try FileSink(path: path, mode: mode) }
  }

  init(path: String, container: ArchiveContainer, mode: UInt32 = 0o644) throws {
    let file = try SinkFile(path: path, mode: mode)
    self.file = file
    target = WriteTarget { try file.sink.write($0) }
    guard [.tarGzip, .tarZstd, .tarXz].contains(container) else {
      handle = nil
      return
    }
    guard let handle = archive_write_new() else {
      throw DatasetError(.library("no memory for an archive handle"), file: path)
    }
    self.handle = handle
    let status: [Int32] =
      switch container {
      case .tar, .zip, .tarOfTars, .directory, .shards: []
      case .tarGzip:
        [
          archive_write_add_filter_gzip(handle),
          archive_write_set_filter_option(handle, "gzip", "compression-level", "6"),
          archive_write_set_filter_option(handle, "gzip", "timestamp", nil),
        ]
      case .tarZstd:
        [
          archive_write_add_filter_zstd(handle),
          archive_write_set_filter_option(handle, "zstd", "compression-level", "3"),
        ]
      case .tarXz:
        [
          archive_write_add_filter_xz(handle),
          archive_write_set_filter_option(handle, "xz", "compression-level", "6"),
          archive_write_set_filter_option(handle, "xz", "threads", "1"),
        ]
      }
    try status.forEach(check)
    try check(archive_write_set_format_raw(handle))
    try check(archive_write_set_bytes_in_last_block(handle, 1))
    try check(target.open(handle))
    guard let entry = archive_entry_new() else {
      throw DatasetError(.library("no memory for an archive entry"), file: path)
    }
    defer { archive_entry_free(entry) }
    archive_entry_set_filetype(entry, UInt32(carchive_type_file()))
    try check(archive_write_header(handle, entry))
  }

  deinit {
    if let handle { target.free(handle) }
  }

  func write(_ bytes: [UInt8]) throws {
    guard let handle else { return try bytes.withUnsafeBytes { try file.sink.write($0) } }
    let count = bytes.withUnsafeBytes { archive_write_data(handle, $0.baseAddress, $0.count) }
    if let failure = target.failure { throw failure }
    guard count == bytes.count else { throw libraryFailure() }
  }

  /// Ends the compressed stream and forces the file to the disk.
  ///
  /// - Returns: size and digest of the file.
  func finish() throws -> (bytes: Int, digest: HexDigest) {
    if let handle { try check(archive_write_close(handle)) }
    try file.sink.sync()
    return (file.sink.bytesWritten, file.sink.digest)
  }

  private func check(_ status: Int32) throws {
    if let failure = target.failure { throw failure }
    guard status == ARCHIVE_OK else { throw libraryFailure() }
  }

  private func libraryFailure() -> DatasetError {
    let message = handle.flatMap { archive_error_string($0) }.map { String(cString: $0) }
    return DatasetError(.library(message ?? "unknown error"), file: file.sink.path)
  }
}
