package import Foundations

/// Reads an archive front to back: members in order, their content in blocks, never more than a block in memory.
///
/// Every rule on hostile input is applied before a caller sees the member; what other programs would read differently is
/// refused (`TarScan`, `ZipDirectory`), and the end is verified.
package final class ArchiveReader {
  package let container: ArchiveContainer
  package private(set) var memberCount = 0

  static let warningLimit = 100
  /// A MiB of an archive may hold thousands of small members, each of which takes its time to decode.
  static let membersBetweenReports = 64

  private let origin: any ArchiveOrigin
  private let content: any ContainerReader
  private let limits: InputLimits
  private var member: ArchiveMember?
  /// Bytes of the current member that have been read, and whether all have.
  private var position = 0
  private var isDrained = true
  private var held: UnsafeRawBufferPointer?
  private var isAtEnd = false

  /// - Parameters:
  ///   - path: of a file, of a directory, or of a list of shards (`DatasetSource`).
  ///   - containers: what it may be; whatever else it is is refused.
  /// - Throws: `DatasetError` for a file that cannot be read or is no archive.
  package init(
    path: String, limits: InputLimits, containers: [ArchiveContainer] = ArchiveContainer.allCases,
    onProgress: @escaping ProgressReport = { _ in }
  ) throws {
    let source = containers.contains(.directory) ? try DatasetSource(path: path, limits: limits) : nil
    if let source, let several = source.container {
      let tree = TreeReader(source, limits: limits, report: onProgress)
      (container, origin, content) = (several, tree, tree)
      self.limits = limits
      return
    }
    let file = try FileSource(path: path, limits: limits, report: onProgress)
    let head = try file.head(ForeignFormat.headBytes)
    var found = ArchiveContainer(head: head)
    if found == .tar, containers.contains(.tarOfTars), try NestedTarReader.recognises(file) { found = .tarOfTars }
    guard let container = found, containers.contains(container) else {
      throw DatasetError(
        ForeignFormat(head: head).map { .foreignFormat($0, isInside: false) } ?? .unknownContainer, file: path,
        offset: 0)
    }
    origin = file
    self.container = container
    self.limits = limits
    content = try container.reader(file, limits: limits)
  }

  /// Begins with the member at a place of an archive that a pass has read.
  init(_ file: FileSource, _ container: ArchiveContainer, _ content: any ContainerReader, limits: InputLimits) {
    origin = file
    self.container = container
    self.content = content
    self.limits = limits
  }

  package var path: String { origin.path }

  /// What the file is, if it is still what was opened and a change would have shown; nil for several files.
  package var identity: FileIdentity? { origin.identity }

  /// Where the current member lies.
  package var place: MemberPlace { content.place }

  /// The most bytes that names may have.
  package var nameLimit: Int { limits.nameBytes }

  /// Size of the file as stored, or of all files, bytes.
  package var fileBytes: Int { origin.size }

  /// Says how far the reading has come.
  package func reportNow() throws { try origin.reportNow() }

  /// Bytes of the file, or of all files, that have not been read.
  package var bytesLeft: Int { origin.size - origin.bytesRead }

  /// Bytes of the tar stream so far; of a zip archive, which is none, of the file.
  package var archiveBytes: Int { content.expandedBytes }

  /// What the archive library warned about, at most `warningLimit` of them.
  package var warnings: [String] { content.warnings }

  /// SHA-256 of the whole file, or the digest of several; only after `nextMember` has returned nil.
  package func digest() -> HexDigest {
    precondition(isAtEnd)
    return origin.digest()
  }

  /// The next member, after what is left of the current one has been read and checked; nil at the verified end.
  ///
  /// - Throws: `DatasetError` for a broken archive or a member that breaks a rule.
  package func nextMember() throws -> ArchiveMember? {
    guard !isAtEnd else { return nil }
    while try nextBlock({ _ in }) {}
    member = nil
    guard let next = try content.next() else {
      try origin.verifyEnd()
      isAtEnd = true
      try origin.reportEnd()
      return nil
    }
    memberCount += 1
    guard memberCount <= limits.members else {
      throw DatasetError(.tooManyMembers(limit: limits.members), file: path)
    }
    if memberCount.isMultiple(of: Self.membersBetweenReports) { try origin.reportNow() }
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
    guard let block = try content.nextBlock(at: position) else {
      guard position == member.size else { throw error(.truncated, offset: position) }
      isDrained = true
      return nil
    }
    guard position + block.count <= member.size else { throw error(.memberSparse, offset: position) }
    position += block.count
    return block
  }
}
