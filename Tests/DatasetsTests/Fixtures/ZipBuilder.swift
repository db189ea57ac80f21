@testable import Datasets

/// Builds zip archives entry by entry, also ones that no honest program writes. Contents are stored, or deflated in stored
/// blocks.
///
/// - Source: APPNOTE.TXT 6.3.10.
struct ZipBuilder {
  /// One member, and what its two headers say of it. What is changed here is a lie.
  struct Entry {
    var name: [UInt8]
    var localName: [UInt8]
    var flags = 0
    var localFlags = 0
    var method = 0
    var localMethod = 0
    var clock = 0x5821_6000
    var crc: Int
    var localCRC: Int
    var compressed: Int
    var localCompressed: Int
    var size: Int
    var localSize: Int
    var madeBy = 3 << 8 | 20
    var mode = 0o100644
    var extra: [UInt8] = []
    var localExtra: [UInt8] = []
    /// Where the directory says that it is; nil for the truth.
    var offset: Int?
    /// As it stands in the file, and what stands behind it.
    var body: [UInt8]
    var behind: [UInt8] = []
  }

  var entries: [Entry] = []
  /// Before the first member, before the directory, before the end.
  var front: [UInt8] = []
  var gap: [UInt8] = []
  var comment: [UInt8] = []
  /// Added to what the end says.
  var countLie = 0
  var hasLargeEnd = false

  mutating func add(
    _ name: [UInt8], content: [UInt8] = [], deflated: Bool = false, _ change: (inout Entry) -> Void = { _ in }
  ) {
    let body = deflated ? Self.deflate(content) : content
    let crc = Int(PNGBuilder.crc32(content))
    let method = deflated ? 8 : 0
    var entry = Entry(
      name: name, localName: name, method: method, localMethod: method, crc: crc, localCRC: crc, compressed: body.count,
      localCompressed: body.count, size: content.count, localSize: content.count, body: body)
    if name.last == UInt8(ascii: "/") { entry.mode = 0o040755 }
    change(&entry)
    entries.append(entry)
  }

  mutating func add(
    _ name: String, content: [UInt8] = [], deflated: Bool = false, _ change: (inout Entry) -> Void = { _ in }
  ) {
    add(Array(name.utf8), content: content, deflated: deflated, change)
  }

  var finished: [UInt8] {
    var bytes = front
    var central: [UInt8] = []
    for entry in entries {
      let offset = bytes.count
      bytes += Array("PK\u{3}\u{4}".utf8)
      bytes += Self.little([
        (20, 2), (entry.localFlags, 2), (entry.localMethod, 2), (entry.clock, 4), (entry.localCRC, 4),
        (entry.localCompressed, 4), (entry.localSize, 4), (entry.localName.count, 2), (entry.localExtra.count, 2),
      ])
      bytes += entry.localName + entry.localExtra + entry.body + entry.behind
      central += Array("PK\u{1}\u{2}".utf8)
      central += Self.little([
        (entry.madeBy, 2), (20, 2), (entry.flags, 2), (entry.method, 2), (entry.clock, 4), (entry.crc, 4),
        (entry.compressed, 4), (entry.size, 4), (entry.name.count, 2), (entry.extra.count, 2), (0, 2), (0, 2), (0, 2),
        (entry.mode << 16, 4), (entry.offset ?? offset, 4),
      ])
      central += entry.name + entry.extra
    }
    bytes += gap
    let (start, count) = (bytes.count, entries.count + countLie)
    bytes += central
    if hasLargeEnd {
      let end = bytes.count
      bytes += Array("PK\u{6}\u{6}".utf8)
      bytes += Self.little([
        (44, 8), (45, 2), (45, 2), (0, 4), (0, 4), (count, 8), (count, 8), (central.count, 8), (start, 8),
      ])
      bytes += Array("PK\u{6}\u{7}".utf8) + Self.little([(0, 4), (end, 8), (1, 4)])
    }
    bytes += Array("PK\u{5}\u{6}".utf8)
    let (few, many) = hasLargeEnd ? (0xFFFF, 0xFFFF_FFFF) : (count, start)
    bytes += Self.little([
      (0, 2), (0, 2), (few, 2), (few, 2), (hasLargeEnd ? many : central.count, 4), (many, 4), (comment.count, 2),
    ])
    return bytes + comment
  }

  static func little(_ fields: [(value: Int, bytes: Int)]) -> [UInt8] {
    fields.flatMap { field in (0..<field.bytes).map { UInt8(truncatingIfNeeded: field.value >> (8 * $0)) } }
  }

  /// Stored blocks of RFC 1951: what is between a zlib stream's header and its check sum.
  static func deflate(_ content: [UInt8]) -> [UInt8] { Array(PNGBuilder.zlib(content).dropFirst(2).dropLast(4)) }
}
