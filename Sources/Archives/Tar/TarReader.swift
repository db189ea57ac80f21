import CArchive
import Foundations

/// Reads a tar stream through libarchive. What other readers of tar would read differently is refused (`TarScan`). The end
/// is verified: two zero blocks must end the tar stream, and only zeros may follow them.
final class TarReader: ContainerReader {
  private(set) var warnings: [String] = []

  private static let twoReadings = "two readers find different members here"

  let path: String
  private let feed: ArchiveFeed
  private let scan: TarScan
  private let handle: OpaquePointer
  private let limits: InputLimits
  private let start: Int
  private var member: ArchiveMember?
  private var position = 0
  private(set) var place = MemberPlace(position: 0)
  /// Where the current member's content begins.
  private(set) var contentPosition = 0

  /// - Parameters:
  ///   - source: the tar stream, from a header on.
  ///   - file: what it is expanded from.
  ///   - start: where the source begins in what positions count in.
  init(_ source: any ByteSource, of file: FileSource, limits: InputLimits, start: Int = 0) throws {
    let path = file.path
    self.start = start
    guard let handle = archive_read_new() else {
      throw DatasetError(.library("no memory for an archive handle"), file: path)
    }
    self.path = path
    self.limits = limits
    self.handle = handle
    let scan = TarScan()
    self.scan = scan
    feed = ArchiveFeed(source, watch: scan.read) { delivered in
      guard delivered <= FixedLimits.expansionFloor || delivered / limits.expansion <= file.bytesRead else {
        throw DatasetError(.expansion(limit: limits.expansion), file: path, offset: file.bytesRead)
      }
    }
    guard archive_read_support_format_tar(handle) == ARCHIVE_OK, feed.open(handle) == ARCHIVE_OK else {
      throw failure()
    }
  }

  deinit {
    archive_read_free(handle)
  }

  var expandedBytes: Int { feed.delivered }

  /// Whether a member is being read.
  var hasMember: Bool { member != nil }

  func next() throws -> ArchiveMember? {
    member = nil
    var entry: OpaquePointer?
    let status = archive_read_next_header(handle, &entry)
    if let error = feed.failure { throw error }
    let seen = scan.next()
    if let seen, let fault = seen.fault {
      throw DatasetError(fault, file: path, member: String(decoding: seen.name.prefix(limits.nameBytes), as: UTF8.self))
    }
    switch status {
    case ARCHIVE_OK: break
    case ARCHIVE_WARN: break
    case ARCHIVE_EOF:
      guard seen == nil else { throw DatasetError(.ambiguousHeader(Self.twoReadings), file: path) }
      try verifyEnd()
      return nil
    default: throw failure()
    }
    guard let entry else { throw failure() }
    let next = try describe(entry, handle: handle, limits: limits)
    guard let seen, seen.isNamed(next.name) else {
      throw DatasetError(.ambiguousHeader(Self.twoReadings), file: path, member: next.name)
    }
    // A name beyond ASCII always brings a warning, because the C locale cannot say it; its bytes are taken as they are.
    if status == ARCHIVE_WARN, next.name.utf8.allSatisfy({ $0 < 0x80 }) { warn() }
    member = next
    position = 0
    place = MemberPlace(position: start + Int(archive_read_header_position(handle)))
    contentPosition = start + Int(archive_filter_bytes(handle, 0))
    return next
  }

  func nextBlock(at position: Int) throws -> UnsafeRawBufferPointer? {
    self.position = position
    var start: UnsafeRawPointer?
    var count = 0
    var offset: la_int64_t = 0
    while true {
      switch archive_read_data_block(handle, &start, &count, &offset) {
      case ARCHIVE_OK: break
      case ARCHIVE_WARN: warn()
      case ARCHIVE_EOF: return nil
      default: throw failure()
      }
      guard count > 0 else { continue }
      guard offset == position else { throw error(.memberSparse, offset: position) }
      return UnsafeRawBufferPointer(start: start, count: count)
    }
  }

  private func error(_ cause: DatasetError.Cause, offset: Int? = nil) -> DatasetError {
    DatasetError(cause, file: path, member: member?.name, offset: offset)
  }

  private func warn() {
    guard warnings.count < ArchiveReader.warningLimit, let text = archive_error_string(handle) else { return }
    warnings.append(String(cString: text))
  }

  /// What the last call of libarchive failed with.
  private func failure() -> any Error {
    if let error = feed.failure { return error }
    let offset = member == nil ? Int(archive_filter_bytes(handle, 0)) : position
    if feed.isAtEnd, feed.delivered > 0 { return error(.truncated, offset: offset) }
    if archive_format(handle) == 0 {
      let foreign = ForeignFormat(head: scan.head)
      return DatasetError(foreign.map { .foreignFormat($0, isInside: true) } ?? .notTar, file: path)
    }
    let message = archive_error_string(handle).map { String(cString: $0) } ?? "unknown error"
    return error(.corrupt("tar: \(message)"), offset: offset)
  }

  /// Reads on to the end of the file: only zeros may follow the two zero blocks.
  private func verifyEnd() throws {
    let start = Int(archive_read_header_position(handle))
    let end = Int(archive_filter_bytes(handle, 0))
    guard end - start >= 1024 else { throw DatasetError(.missingEndOfArchive, file: path) }
    let unread = min(feed.delivered - end, feed.block.count)
    var block = UnsafeRawBufferPointer(rebasing: feed.block.suffix(unread))
    while true {
      guard block.allSatisfy({ $0 == 0 }) else { throw DatasetError(.trailingData, file: path) }
      guard let next = try feed.next() else { break }
      block = next
    }
  }
}
