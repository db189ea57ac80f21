import Foundations

/// Writes a zip archive front to back, the same bytes for the same calls.
///
/// A member is stored or deflated (level 6) as the source has it, deflated where it does not say, and has the source's date
/// and time in the source's form. Names beyond ASCII are marked as UTF-8, modes are 0644 or 0755, zip64 where numbers do not
/// fit; comments and other extra fields are not carried over.
///
/// libarchive's writer is not used, because it gives times in the time zone of whoever runs it.
/// - Source: APPNOTE.TXT 6.3.10.
final class ZipWriter: ContainerWriter {
  /// Members up to this size are packed in memory, so that their sizes stand before them, as programs that read front to
  /// back want it; those of larger ones follow them.
  static let memoryBytes = 64 << 20
  /// What is smaller than this stays below 2^32 bytes even if it cannot be compressed (5 bytes for 16,384).
  private static let largeBytes = 0xFFF0_0000
  private static let none32 = 0xFFFF_FFFF

  private let path: String
  private let output: (UnsafeRawBufferPointer) throws -> Void
  private let deflater: Deflater
  private var written = 0
  private var central: [UInt8] = []
  private var count = 0
  private var current: Current?

  private struct Current {
    let member: ArchiveMember
    let attributes: ZipAttributes
    let offset: Int
    /// Whether its content is written as it comes, and its sizes behind it.
    let isStreamed: Bool
    var body: [UInt8] = []
    var compressed = 0
    var size = 0
    var checksum = ZipChecksum()

    var name: [UInt8] { Array(member.name.utf8) }
    var isLarge: Bool { member.size >= largeBytes }

    var flags: Int { (isStreamed ? 8 : 0) | (name.allSatisfy { $0 < 0x80 } ? 0 : 0x800) }
    var method: ZipMethod { attributes.isStored ? .stored : .deflated }
    var version: Int { isLarge || offset >= none32 ? 45 : 20 }
  }

  init(path: String, to output: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    guard let deflater = Deflater(level: 6) else { throw DatasetError(.library("zlib could not start"), file: path) }
    self.path = path
    self.output = output
    self.deflater = deflater
  }

  func begin(_ member: ArchiveMember) throws {
    try end()
    var member = member
    // Only its last slash makes a folder of it.
    if member.kind == .directory, !member.name.hasSuffix("/") { member.name += "/" }
    let isStreamed = member.size > Self.memoryBytes
    var attributes =
      member.zip
      ?? ZipAttributes(clock: ZipClock.clock(at: member.modified), hasSeconds: true, isStored: member.size == 0)
    // Whoever reads front to back finds the end of deflated content only.
    attributes.isStored = (attributes.isStored || member.size == 0) && !isStreamed
    let next = Current(member: member, attributes: attributes, offset: written, isStreamed: isStreamed)
    current = next
    if isStreamed { try put(header(of: next)) }
    deflater.reset()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    guard var next = current else { return }
    current = nil
    next.size += bytes.count
    next.checksum.update(bytes)
    if next.method == .stored { next.body += bytes } else { try deflate(bytes, isLast: false, into: &next) }
    current = next
  }

  func finish() throws {
    try end()
    let start = written
    try put(central)
    let bytes = written - start
    let isLarge = count >= 0xFFFF || start >= Self.none32 || bytes >= Self.none32
    if isLarge {
      let end = written
      var large = Array("PK\u{6}\u{6}".utf8)
      for (value, width) in [(44, 8), (3 << 8 | 45, 2), (45, 2), (0, 4), (0, 4), (count, 8), (count, 8), (bytes, 8)] {
        large.append(value, bytes: width)
      }
      large.append(start, bytes: 8)
      large += Array("PK\u{6}\u{7}".utf8)
      for (value, width) in [(0, 4), (end, 8), (1, 4)] { large.append(value, bytes: width) }
      try put(large)
    }
    var last = Array("PK\u{5}\u{6}".utf8)
    for (value, width) in [(0, 2), (0, 2), (count, 2), (count, 2), (bytes, 4), (start, 4), (0, 2)] {
      last.append(
        isLarge && width == 2 && value == count ? 0xFFFF : isLarge && width == 4 ? Self.none32 : value, bytes: width)
    }
    try put(last)
  }

  /// Completes the current member.
  private func end() throws {
    guard var last = current else { return }
    current = nil
    if last.method == .deflated { try deflate(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true, into: &last) }
    if !last.isStreamed {
      last.compressed = last.body.count
      try put(header(of: last))
      try put(last.body)
    } else {
      var descriptor = Array("PK\u{7}\u{8}".utf8)
      descriptor.append(Int(last.checksum.value), bytes: 4)
      for value in [last.compressed, last.size] { descriptor.append(value, bytes: last.isLarge ? 8 : 4) }
      try put(descriptor)
    }
    central += entry(of: last)
    count += 1
  }

  private func deflate(_ bytes: UnsafeRawBufferPointer, isLast: Bool, into member: inout Current) throws {
    guard deflater.deflate(bytes, isLast: isLast, into: &member.body) else {
      throw DatasetError(.library("zlib failed"), file: path, member: member.member.name)
    }
    guard member.isStreamed, isLast || member.body.count >= ArchiveSink.chunkBytes else { return }
    member.compressed += member.body.count
    try put(member.body)
    member.body.removeAll(keepingCapacity: true)
  }

  private func put(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try output($0) }
    written += bytes.count
  }

  /// What the local header and the entry of the directory have in common, from the version that is needed on.
  private func fields(of member: Current, isKnown: Bool, extra: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    let hidden = member.isLarge ? Self.none32 : 0
    let sizes = isKnown && !member.isLarge ? [member.compressed, member.size] : [hidden, hidden]
    for (value, width) in [
      (member.version, 2), (member.flags, 2), (member.method.rawValue, 2), (Int(member.attributes.clock), 4),
      (isKnown ? Int(member.checksum.value) : 0, 4), (sizes[0], 4), (sizes[1], 4), (member.name.count, 2),
      (extra.count, 2),
    ] { bytes.append(value, bytes: width) }
    return bytes
  }

  private func header(of member: Current) -> [UInt8] {
    let isKnown = !member.isStreamed
    var extra = seconds(of: member)
    if member.isLarge { extra.append(field: 1, [0, 0], bytes: 8) }
    return Array("PK\u{3}\u{4}".utf8) + fields(of: member, isKnown: isKnown, extra: extra) + member.name + extra
  }

  private func entry(of member: Current) -> [UInt8] {
    let isFar = member.offset >= Self.none32
    var extra = seconds(of: member)
    let large = (member.isLarge ? [member.size, member.compressed] : []) + (isFar ? [member.offset] : [])
    if !large.isEmpty { extra.append(field: 1, large, bytes: 8) }
    let isDirectory = member.member.kind == .directory
    let mode = isDirectory ? 0o040755 : member.member.isExecutable ? 0o100755 : 0o100644
    var bytes = Array("PK\u{1}\u{2}".utf8)
    // Unix, and the version of the format that it knows.
    bytes.append(3 << 8 | 45, bytes: 2)
    bytes += fields(of: member, isKnown: true, extra: extra)
    for (value, width) in [
      (0, 2), (0, 2), (0, 2), (mode << 16 | (isDirectory ? 0x10 : 0), 4), (isFar ? Self.none32 : member.offset, 4),
    ] { bytes.append(value, bytes: width) }
    return bytes + member.name + extra
  }

  /// The time in seconds since 1970, where the source has it too.
  private func seconds(of member: Current) -> [UInt8] {
    guard member.attributes.hasSeconds else { return [] }
    var extra: [UInt8] = []
    extra.append(0x5455, bytes: 2)
    extra.append(5, bytes: 2)
    extra.append(1, bytes: 1)
    extra.append(Int(UInt32(bitPattern: Int32(clamping: member.member.modified))), bytes: 4)
    return extra
  }
}

extension [UInt8] {
  /// Appends a number in `count` bytes, the least significant first.
  fileprivate mutating func append(_ value: Int, bytes count: Int) {
    for byte in 0..<count { append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }

  /// Appends an extra field of numbers.
  fileprivate mutating func append(field: Int, _ values: [Int], bytes count: Int) {
    append(field, bytes: 2)
    append(values.count * count, bytes: 2)
    for value in values { append(value, bytes: count) }
  }
}
