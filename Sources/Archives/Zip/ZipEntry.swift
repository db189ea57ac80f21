import Foundations
import Glibc

/// What a zip archive says about a member that a tar does not: carried over when the archive is written anew.
struct ZipAttributes: Sendable, Equatable {
  /// Date and time of some time zone, as MS-DOS packs them: the date in the upper half.
  var clock: UInt32
  /// Whether there are seconds since 1970 besides.
  var hasSeconds: Bool
  var isStored: Bool
}

/// How a zip archive holds a member.
enum ZipMethod: Int {
  case stored = 0
  case deflated = 8

  /// What others are called.
  /// - Source: APPNOTE.TXT 6.3.10 §4.4.5.
  static func name(_ number: Int) -> String {
    switch number {
    case 1...6: "PKZIP 1's methods"
    case 9: "Deflate64"
    case 12: "bzip2"
    case 14: "LZMA"
    case 93, 20: "zstd"
    case 95: "xz"
    case 97: "WavPack"
    case 98: "PPMd"
    case 99: "AES encryption"
    default: "method \(number)"
    }
  }
}

/// One entry of a zip archive's central directory, checked.
///
/// - Source: APPNOTE.TXT 6.3.10 §4.3.12 and §4.5; Info-ZIP's extrafld.txt for the extra fields 0x5455 and 0x7075.
struct ZipEntry {
  static let signature = Array("PK\u{1}\u{2}".utf8)
  static let fixedBytes = 46

  /// The name as its headers have it.
  let storedName: [UInt8]
  let flags: Int
  let method: Int
  let crc: UInt32
  /// Bytes as stored and expanded.
  let compressed: Int
  let size: Int
  /// Where the local header is.
  let offset: Int
  private let name: [UInt8]
  private let clock: UInt32
  private let seconds: Int?
  private let mode: Int

  /// - Parameter bytes: of the entry without its comment.
  /// - Throws: why readers would disagree about it.
  init(_ bytes: [UInt8]) throws(Ambiguity) {
    flags = bytes.number(at: 8, bytes: 2)
    method = bytes.number(at: 10, bytes: 2)
    clock = UInt32(bytes.number(at: 12, bytes: 4))
    crc = UInt32(bytes.number(at: 16, bytes: 4))
    // What MS-DOS and OS/2 call attributes is in the lower half.
    mode = bytes.number(at: 40, bytes: 2)
    let nameBytes = bytes.number(at: 28, bytes: 2)
    storedName = Array(bytes[Self.fixedBytes..<Self.fixedBytes + nameBytes])
    let extra = try ZipExtra(bytes[(Self.fixedBytes + nameBytes)...])
    let large = try extra.sizes([(24, 4), (20, 4), (42, 4), (34, 2)].map { bytes.number(at: $0.0, bytes: $0.1) })
    (size, compressed, offset) = (large[0], large[1], large[2])
    guard large[3] == 0 else { throw Ambiguity(why: "it lies in another part of a split archive") }
    seconds = extra[0x5455].flatMap { field in
      field.count >= 5 && field.number(at: 0, bytes: 1) & 1 == 1
        ? Int(Int32(truncatingIfNeeded: field.number(at: 1, bytes: 4))) : nil
    }
    guard let unicode = extra[0x7075] else {
      name = storedName
      return
    }
    guard unicode.count > 5, unicode.first == 1,
      unicode.number(at: 1, bytes: 4) == Int(ZipChecksum.crc(of: storedName))
    else { throw Ambiguity(why: "it has two names") }
    name = Array(unicode.dropFirst(5))
  }

  struct Ambiguity: Error {
    var why: String
  }

  /// The member, once it has passed every rule that its entry is enough for.
  /// - Throws: the rule that it breaks.
  func member(_ limits: InputLimits) throws(RefusedMember) -> ArchiveMember {
    func refusal(_ cause: DatasetError.Cause) -> RefusedMember { RefusedMember(cause: cause) }
    if let fault = ArchiveMember.fault(inName: name, limits: limits) { throw refusal(fault) }
    let text = String(decoding: name, as: UTF8.self)
    guard !name.contains(UInt8(ascii: "\\")) else {
      throw refusal(.ambiguousZip("its name has a backslash, which some take for the end of a folder's name"))
    }
    // Bits 0, 6 and 13: encrypted, strongly, with its header.
    guard flags & 0x2041 == 0, method != 99 else { throw refusal(.encrypted) }
    guard let method = ZipMethod(rawValue: method) else {
      throw refusal(.compressionMethod(ZipMethod.name(method)))
    }
    let isDirectory = name.last == UInt8(ascii: "/")
    switch mode & 0o170000 {
    case 0: break
    case 0o100000 where !isDirectory, 0o040000 where isDirectory: break
    case 0o100000, 0o040000: throw refusal(.ambiguousZip("its name says that it is a folder, or its mode"))
    case 0o120000: throw refusal(.memberKind("symbolic link"))
    case 0o020000: throw refusal(.memberKind("character device"))
    case 0o060000: throw refusal(.memberKind("block device"))
    case 0o010000: throw refusal(.memberKind("fifo"))
    case 0o140000: throw refusal(.memberKind("socket"))
    default: throw refusal(.memberKind("file of unknown type"))
    }
    guard size <= limits.batchMemberBytes else {
      throw refusal(.memberTooLarge(bytes: size, limit: limits.batchMemberBytes))
    }
    guard !isDirectory || size == 0 else { throw refusal(.ambiguousZip("a directory with \(size) bytes of content")) }
    var member = ArchiveMember(
      name: text, kind: isDirectory ? .directory : .file, size: size, modified: seconds ?? ZipClock.seconds(of: clock),
      isExecutable: mode & 0o100 != 0)
    member.zip = ZipAttributes(clock: clock, hasSeconds: seconds != nil, isStored: method == .stored)
    return member
  }
}

/// The extra fields of a header: two bytes for what it is, two for its length, then its content.
struct ZipExtra {
  private var fields: [Int: ArraySlice<UInt8>] = [:]

  /// - Parameter isStrict: whether they must come out even; some writers pad those of local headers.
  init(_ bytes: ArraySlice<UInt8>, isStrict: Bool = true) throws(ZipEntry.Ambiguity) {
    var rest = bytes
    while rest.count >= 4 {
      let (kind, count) = (rest.number(at: 0, bytes: 2), rest.number(at: 2, bytes: 2))
      guard rest.count >= 4 + count, fields[kind] == nil || (kind != 1 && kind != 0x7075) else {
        guard isStrict else { return }
        throw ZipEntry.Ambiguity(why: "its extra fields are damaged")
      }
      fields[kind] = rest.dropFirst(4).prefix(count)
      rest = rest.dropFirst(4 + count)
    }
    guard rest.isEmpty || !isStrict else { throw ZipEntry.Ambiguity(why: "its extra fields are damaged") }
  }

  subscript(kind: Int) -> ArraySlice<UInt8>? { fields[kind] }

  /// Size, compressed size, offset and disk as the header has them, or where it has no room for them from the zip64 field.
  func sizes(_ fields: [Int]) throws(ZipEntry.Ambiguity) -> [Int] {
    var rest = self[1] ?? []
    var sizes: [Int] = []
    for (place, field) in fields.enumerated() {
      let isDisk = place == 3
      guard field == (isDisk ? 0xFFFF : 0xFFFF_FFFF) else {
        sizes.append(field)
        continue
      }
      let count = isDisk ? 4 : 8
      guard rest.count >= count else { throw ZipEntry.Ambiguity(why: "a number of its header is missing") }
      sizes.append(rest.number(at: 0, bytes: count))
      rest = rest.dropFirst(count)
    }
    return sizes
  }
}

/// MS-DOS's date and time, in the upper and the lower half of 32 bits, taken for UTC.
///
/// - Source: APPNOTE.TXT 6.3.10 §4.4.6: years from 1980 in 7 bits, month, day; hours, minutes, pairs of seconds.
enum ZipClock {
  static func seconds(of clock: UInt32) -> Int {
    let (date, time) = (Int32(clock >> 16), Int32(clock & 0xFFFF))
    var parts = tm()
    parts.tm_year = 80 + date >> 9
    parts.tm_mon = (date >> 5 & 15) - 1
    parts.tm_mday = date & 31
    parts.tm_hour = time >> 11
    parts.tm_min = time >> 5 & 63
    parts.tm_sec = 2 * (time & 31)
    return timegm(&parts)
  }

  /// The nearest time that can be said: from 1980 to 2107.
  static func clock(at seconds: Int) -> UInt32 {
    var (time, parts) = (time_t(seconds), tm())
    guard gmtime_r(&time, &parts) != nil, parts.tm_year >= 80 else { return 0x0021_0000 }
    guard parts.tm_year <= 207 else { return 0xFF9F_BF7D }
    let date = (parts.tm_year - 80) << 9 | (parts.tm_mon + 1) << 5 | parts.tm_mday
    return UInt32(date) << 16 | UInt32(parts.tm_hour << 11 | parts.tm_min << 5 | parts.tm_sec / 2)
  }
}
