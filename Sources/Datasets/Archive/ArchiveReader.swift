import CArchive
package import Foundations

/// Reads a tar archive front to back: members in order, their content in blocks, never more than a block in memory.
///
/// Every rule on hostile input is applied here, before a caller sees the member; what other readers of tar would read
/// differently is refused (`TarScan`). The end is verified: two zero blocks
/// must end the tar stream, only zeros may follow them, and the compressed stream must be complete with its check sums.
package final class ArchiveReader {
  package let container: ArchiveContainer
  /// What libarchive warned about, at most `warningLimit` of them.
  package private(set) var warnings: [String] = []
  package private(set) var memberCount = 0

  static let warningLimit = 100
  /// A MiB of an archive may hold thousands of small members, each of which takes its time to decode.
  static let membersBetweenReports = 64
  private static let twoReadings = "two readers find different members here"

  private let file: FileSource
  private let feed: ArchiveFeed
  private let scan: TarScan
  private let handle: OpaquePointer
  private let limits: InputLimits
  private var member: ArchiveMember?
  /// Bytes of the current member that have been read, and whether all have.
  private var position = 0
  private var isDrained = true
  private var held: UnsafeRawBufferPointer?
  private var isAtEnd = false

  /// - Throws: `DatasetError` for a file that cannot be read or is no archive.
  package init(path: String, limits: InputLimits, onProgress: @escaping ProgressReport = { _ in }) throws {
    let file = try FileSource(path: path, limits: limits, report: onProgress)
    let head = try file.head(ArchiveContainer.headBytes)
    guard let container = ArchiveContainer(head: head) else {
      throw DatasetError(
        ForeignFormat(head: head).map { .foreignFormat($0, isInside: false) } ?? .unknownContainer, file: path,
        offset: 0)
    }
    let source: any ByteSource =
      switch container {
      case .tar: file
      case .tarGzip: try GzipSource(file) { DatasetError($0, file: path, offset: $1) }
      case .tarZstd: try ZstdSource(file)
      case .tarXz: try XzSource(file)
      }
    guard let handle = archive_read_new() else {
      throw DatasetError(.library("no memory for an archive handle"), file: path)
    }
    self.file = file
    self.container = container
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

  package var path: String { file.path }

  /// Size of the file as stored, bytes.
  package var fileBytes: Int { file.size }

  /// Bytes of the tar stream so far.
  package var archiveBytes: Int { feed.delivered }

  /// SHA-256 of the whole file; only after `nextMember` has returned nil.
  package func digest() -> HexDigest {
    precondition(isAtEnd)
    return file.digest()
  }

  /// The next member, after what is left of the current one has been read and checked; nil at the verified end.
  ///
  /// - Throws: `DatasetError` for a broken archive or a member that breaks a rule.
  package func nextMember() throws -> ArchiveMember? {
    guard !isAtEnd else { return nil }
    while try nextBlock({ _ in }) {}
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
      isAtEnd = true
      return nil
    default: throw failure()
    }
    guard let entry else { throw failure() }
    memberCount += 1
    guard memberCount <= limits.members else {
      throw DatasetError(.tooManyMembers(limit: limits.members), file: path)
    }
    if memberCount.isMultiple(of: Self.membersBetweenReports) { try file.reportNow() }
    let next = try describe(entry, handle: handle, limits: limits)
    guard let seen, seen.isNamed(next.name) else {
      throw DatasetError(.ambiguousHeader(Self.twoReadings), file: path, member: next.name)
    }
    // A name beyond ASCII always brings a warning, because the C locale cannot say it; its bytes are taken as they are.
    if status == ARCHIVE_WARN, next.name.utf8.allSatisfy({ $0 < 0x80 }) { warn() }
    member = next
    position = 0
    isDrained = false
    return next
  }

  /// The first bytes of the current member, at most `count`, without consuming them.
  package func peek(_ count: Int) throws -> [UInt8] {
    if held == nil { held = try readBlock() }
    return held.map { Array($0.prefix(count)) } ?? []
  }

  /// Hands the current member's next block to `body`; false when there is none left.
  package func nextBlock(_ body: (Span<UInt8>) throws -> Void) throws -> Bool {
    guard let block = try takeBlock() else { return false }
    try body(Span<UInt8>(_unsafeBytes: block))
    return true
  }

  /// The current member's next block, valid until the next call; nil when there is none left.
  func takeBlock() throws -> UnsafeRawBufferPointer? {
    guard let first = held else { return try readBlock() }
    held = nil
    return first
  }

  /// The rest of the current member in one piece. The caller has judged the member's size.
  package func rest() throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity((member?.size ?? 0) - position)
    while try nextBlock({ block in block.withUnsafeBufferPointer { bytes.append(contentsOf: $0) } }) {}
    return bytes
  }

  /// An error about the current member.
  package func error(_ cause: DatasetError.Cause, offset: Int? = nil) -> DatasetError {
    DatasetError(cause, file: path, member: member?.name, offset: offset)
  }

  private func readBlock() throws -> UnsafeRawBufferPointer? {
    guard let member, !isDrained else { return nil }
    var start: UnsafeRawPointer?
    var count = 0
    var offset: la_int64_t = 0
    while true {
      switch archive_read_data_block(handle, &start, &count, &offset) {
      case ARCHIVE_OK: break
      case ARCHIVE_WARN: warn()
      case ARCHIVE_EOF:
        guard position == member.size else { throw error(.truncated, offset: position) }
        isDrained = true
        return nil
      default: throw failure()
      }
      guard count > 0 else { continue }
      guard offset == position, position + count <= member.size else {
        throw error(.memberSparse, offset: position)
      }
      position += count
      return UnsafeRawBufferPointer(start: start, count: count)
    }
  }

  private func warn() {
    guard warnings.count < Self.warningLimit, let text = archive_error_string(handle) else { return }
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
    guard try file.next() == nil else { throw DatasetError(.trailingData, file: path, offset: file.bytesRead) }
  }
}
