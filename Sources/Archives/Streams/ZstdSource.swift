import CArchive

/// What zstd frames in a row decompress to, through libarchive's filter. libzstd itself refuses windows above 2^27, and
/// passes over skippable frames between others.
final class ZstdSource: ByteSource {
  private let file: FileSource
  private let feed: ArchiveFeed
  private let handle: OpaquePointer

  init(_ file: FileSource) throws {
    self.file = file
    let frames = ZstdFrames(file)
    feed = ArchiveFeed(frames)
    guard let handle = archive_read_new() else {
      throw DatasetError(.library("no memory for an archive handle"), file: file.path)
    }
    self.handle = handle
    try Self.checkWindow(try frames.head(6), file)
    // The raw format makes libarchive a plain decompressor.
    guard archive_read_support_filter_zstd(handle) == ARCHIVE_OK,
      archive_read_support_format_raw(handle) == ARCHIVE_OK
    else { throw failure() }
    var entry: OpaquePointer?
    guard feed.open(handle) == ARCHIVE_OK, archive_read_next_header(handle, &entry) == ARCHIVE_OK else {
      throw failure()
    }
  }

  deinit {
    archive_read_free(handle)
  }

  func next() throws -> UnsafeRawBufferPointer? {
    var start: UnsafeRawPointer?
    var count = 0
    var offset: la_int64_t = 0
    while true {
      switch archive_read_data_block(handle, &start, &count, &offset) {
      case ARCHIVE_OK where count > 0: return UnsafeRawBufferPointer(start: start, count: count)
      case ARCHIVE_OK: continue
      case ARCHIVE_EOF: return nil
      default: throw failure()
      }
    }
  }

  private func failure() -> any Error {
    if let error = feed.failure { return error }
    if feed.isAtEnd { return DatasetError(.truncated, file: file.path, offset: file.bytesRead) }
    let message = archive_error_string(handle).map { String(cString: $0) } ?? "zstd failed"
    return DatasetError(.corrupt(message), file: file.path, offset: file.bytesRead)
  }

  /// Refuses a first frame whose window is above the limit with a cause of its own; later frames are left to libzstd.
  ///
  /// - Source: RFC 8878 §3.1.1.1.2.
  private static func checkWindow(_ head: [UInt8], _ file: FileSource) throws {
    let isSingleSegment = head.count > 4 && head[4] & 0x20 != 0
    guard head.count == 6, head.starts(with: ZstdFrames.magic), !isSingleSegment else { return }
    let base = 1 << (10 + Int(head[5] >> 3))
    let window = base + base / 8 * Int(head[5] & 7)
    guard window <= FixedLimits.decoderBytes else {
      throw DatasetError(.decoderMemory(limit: FixedLimits.decoderBytes), file: file.path, offset: 5)
    }
  }
}
