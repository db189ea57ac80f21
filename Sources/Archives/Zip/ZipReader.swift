import CArchive
import Foundations

/// Reads a zip archive, stored and deflated members, also beyond 4 GiB (zip64).
///
/// libarchive's reader sorts members by their place, decodes names by the C locale and does not compare local headers with
/// the directory; so directory and headers are read here, and zlib does the work.
/// - Source: APPNOTE.TXT 6.3.10.
final class ZipReader: ContainerReader {
  let warnings: [String] = []
  private(set) var expandedBytes = 0

  private let file: FileSource
  private let cursor: ByteCursor
  private let limits: InputLimits
  private var directory: ZipDirectory
  private var upcoming: ZipEntry?
  /// Where the entry of the next member is, and of this one.
  private var upcomingPlace: Int
  private(set) var place = MemberPlace(position: 0)
  private var current: Current?
  private let inflater: Inflater

  /// The member that is being read.
  private struct Current {
    let entry: ZipEntry
    let name: String
    /// Whether its sizes stand behind it.
    let hasDescriptor: Bool
    /// Compressed bytes that are still to come, and the check sum of what has.
    var lacking: Int
    var checksum = ZipChecksum()
  }

  convenience init(_ file: FileSource, limits: InputLimits) throws {
    var directory = try ZipDirectory(file)
    let place = directory.position
    let first = try directory.next()
    try self.init(file, ByteCursor(file), directory, first, at: place, limits: limits)
  }

  /// Begins with the member at a place, which a pass has told.
  convenience init(_ file: FileSource, _ directory: ZipDirectory, limits: InputLimits, at place: MemberPlace) throws {
    var directory = directory.sought(place.position)
    let members = 0..<directory.range.lowerBound
    guard let entry = try directory.next(), members.contains(entry.offset) else {
      throw DatasetError(.archiveChanged, file: file.path)
    }
    let rest = FileSource(file, part: entry.offset..<members.upperBound)
    try self.init(file, ByteCursor(rest, at: entry.offset), directory, entry, at: place.position, limits: limits)
  }

  private init(
    _ file: FileSource, _ cursor: ByteCursor, _ directory: ZipDirectory, _ upcoming: ZipEntry?, at place: Int,
    limits: InputLimits
  ) throws {
    self.file = file
    self.limits = limits
    self.cursor = cursor
    self.directory = directory
    self.upcoming = upcoming
    upcomingPlace = place
    guard let inflater = Inflater() else { throw DatasetError(.library("zlib could not start"), file: file.path) }
    self.inflater = inflater
  }

  func next() throws -> ArchiveMember? {
    current = nil
    guard let entry = upcoming else {
      guard cursor.position == directory.range.lowerBound else { throw gap() }
      // Directory and end, for the digest.
      while try cursor.piece() != nil {}
      return nil
    }
    let shown = String(decoding: entry.storedName.prefix(limits.nameBytes), as: UTF8.self)
    let member: ArchiveMember
    do throws(RefusedMember) { member = try entry.member(limits) } catch {
      throw DatasetError(error.cause, file: file.path, member: shown)
    }
    place = MemberPlace(position: upcomingPlace)
    upcomingPlace = directory.position
    upcoming = try directory.next()
    guard entry.offset >= cursor.position else {
      throw DatasetError(.overlappingMembers, file: file.path, member: member.name)
    }
    guard entry.offset == cursor.position else { throw gap(before: member.name) }
    let end = upcoming?.offset ?? directory.range.lowerBound
    guard end >= entry.offset else {
      throw DatasetError(
        .ambiguousZip("its directory has the members in another order"), file: file.path, member: member.name)
    }
    guard entry.offset + ZipLocalHeader.fixedBytes + entry.compressed <= end else {
      // Whatever comes next in the directory starts before this one is over.
      throw DatasetError(.overlappingMembers, file: file.path, member: member.name)
    }
    let header = try ZipLocalHeader(cursor)
    let hasDescriptor: Bool
    do throws(ZipEntry.Ambiguity) { hasDescriptor = try header.check(against: entry) } catch {
      throw DatasetError(.ambiguousZip(error.why), file: file.path, member: member.name)
    }
    current = Current(entry: entry, name: member.name, hasDescriptor: hasDescriptor, lacking: entry.compressed)
    inflater.reset()
    return member
  }

  func nextBlock(at position: Int) throws -> UnsafeRawBufferPointer? {
    guard var current else { return nil }
    // The member leaves `self.current` while it changes.
    self.current = nil
    let isDeflated = current.entry.method == ZipMethod.deflated.rawValue
    let block = isDeflated ? try inflate(&current) : try piece(&current)
    guard let block else {
      try finish(current, at: position)
      return nil
    }
    guard position + block.count <= current.entry.size else {
      throw error(.wrongMemberSize(claimed: current.entry.size), current)
    }
    current.checksum.update(block)
    expandedBytes += block.count
    guard expandedBytes <= FixedLimits.expansionFloor || expandedBytes / limits.expansion <= cursor.position else {
      throw error(.expansion(limit: limits.expansion), current)
    }
    self.current = current
    return block
  }

  private func error(_ cause: DatasetError.Cause, _ current: Current, offset: Int? = nil) -> DatasetError {
    DatasetError(cause, file: file.path, member: current.name, offset: offset)
  }

  private func gap(before member: String? = nil) -> DatasetError {
    DatasetError(
      .ambiguousZip("bytes that belong to no member stand before \(member == nil ? "its directory" : "it")"),
      file: file.path, member: member)
  }

  /// The next stored bytes.
  private func piece(_ current: inout Current) throws -> UnsafeRawBufferPointer? {
    guard current.lacking > 0 else { return nil }
    guard let piece = try cursor.piece(atMost: current.lacking) else { throw error(.truncated, current) }
    current.lacking -= piece.count
    return piece
  }

  private func inflate(_ current: inout Current) throws -> UnsafeRawBufferPointer? {
    do throws(Inflater.Fault) {
      return try inflater.next { try self.piece(&current) }
    } catch {
      switch error {
      case .source(let fault): throw fault
      case .corrupt(let message): throw self.error(.corrupt("zip: \(message)"), current)
      case .unfinished: throw self.error(.corrupt("zip: deflated content without an end"), current)
      }
    }
  }

  /// What follows a member's content.
  private func finish(_ current: Current, at position: Int) throws {
    let entry = current.entry
    guard position == entry.size else { throw error(.wrongMemberSize(claimed: entry.size), current) }
    guard current.lacking == 0, inflater.unread == 0 else {
      throw error(.corrupt("zip: bytes behind the end of deflated content"), current)
    }
    guard current.checksum.value == entry.crc else { throw error(.corrupt("zip: wrong check sum"), current) }
    guard current.hasDescriptor else { return }
    let room = (upcoming?.offset ?? directory.range.lowerBound) - cursor.position
    guard [12, 16, 20, 24].contains(room) else {
      throw gap(before: upcoming.map { String(decoding: $0.storedName, as: UTF8.self) })
    }
    let bytes = try cursor.take(room)
    let isSigned = room % 8 == 0
    let wide = room >= 20 ? 8 : 4
    let start = isSigned ? 4 : 0
    guard !isSigned || bytes.starts(with: "PK\u{7}\u{8}".utf8), bytes.number(at: start, bytes: 4) == Int(entry.crc),
      bytes.number(at: start + 4, bytes: wide) == entry.compressed,
      bytes.number(at: start + 4 + wide, bytes: wide) == entry.size
    else { throw error(.ambiguousZip("the sizes behind it are not those of the directory"), current) }
  }
}

/// What stands before a member's content.
///
/// - Source: APPNOTE.TXT 6.3.10 §4.3.7.
private struct ZipLocalHeader {
  static let fixedBytes = 30

  private let fixed: [UInt8]
  private let name: [UInt8]
  private let extra: [UInt8]

  init(_ cursor: ByteCursor) throws {
    fixed = try cursor.take(Self.fixedBytes)
    name = try cursor.take(fixed.number(at: 26, bytes: 2))
    extra = try cursor.take(fixed.number(at: 28, bytes: 2))
  }

  /// Compares it with the member's entry in the directory.
  /// - Returns: whether the member's sizes stand behind it.
  func check(against entry: ZipEntry) throws(ZipEntry.Ambiguity) -> Bool {
    guard fixed.starts(with: "PK\u{3}\u{4}".utf8) else {
      throw ZipEntry.Ambiguity(why: "there is no member where the directory says")
    }
    let flags = fixed.number(at: 6, bytes: 2)
    let hasDescriptor = flags & 8 != 0
    guard name == entry.storedName else { throw ZipEntry.Ambiguity(why: "the directory has another name for it") }
    guard fixed.number(at: 8, bytes: 2) == entry.method, (flags ^ entry.flags) & 0x2041 == 0 else {
      throw ZipEntry.Ambiguity(why: "the directory says otherwise of how it is packed")
    }
    let sizes = try ZipExtra(extra[...], isStrict: false)
      .sizes([fixed.number(at: 22, bytes: 4), fixed.number(at: 18, bytes: 4)])
    let found = [fixed.number(at: 14, bytes: 4), sizes[1], sizes[0]]
    guard found == [Int(entry.crc), entry.compressed, entry.size] || (hasDescriptor && found.allSatisfy { $0 == 0 })
    else {
      throw ZipEntry.Ambiguity(why: "the directory has other sizes for it")
    }
    return hasDescriptor
  }
}
