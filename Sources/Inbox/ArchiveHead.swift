/// What the first bytes of a dropped file say it is. Nothing is moved before it is recognised; what is in an archive is a
/// job's business.
enum ArchiveHead: Sendable, Equatable {
  case tar, gzip, zstandard, xz, zip
  /// Something that datasets come in and that a job will refuse by its name.
  case foreign(String)

  /// As many bytes as recognition wants: the name of an ISO image stands after 32 KiB.
  static let bytes = 32_774

  init?(_ head: [UInt8]) {
    for (magic, kind) in Self.magics where head.starts(with: magic) {
      self = kind
      return
    }
    // A frame that zstd skips comes first in what pzstd writes; its number's last digit is free.
    if head.count >= 4, head[0] & 0xF0 == 0x50, head[1...3] == [0x2A, 0x4D, 0x18] {
      self = .zstandard
    } else if TarHeader(head) != nil {
      self = .tar
    } else if head.dropFirst(32_769).starts(with: "CD001".utf8) {
      self = .foreign("ISO")
    } else if head.dropFirst(16).starts(with: [0xDE, 0xC0, 0xEF, 0xBE]) {
      self = .foreign("LMDB")
    } else {
      return nil
    }
  }

  private static let magics: [([UInt8], ArchiveHead)] = [
    ([0x1F, 0x8B, 0x08], .gzip), ([0x28, 0xB5, 0x2F, 0xFD], .zstandard),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .xz), (Array("PK\u{3}\u{4}".utf8), .zip),
    (Array("PK\u{5}\u{6}".utf8), .zip), (Array("BZh".utf8), .foreign("bzip2")),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .foreign("7z")), (Array("Rar!\u{1A}\u{7}".utf8), .foreign("RAR")),
    ([0x04, 0x22, 0x4D, 0x18], .foreign("LZ4")), ([0x1F, 0x9D], .foreign("compress")),
    (Array("LZIP".utf8), .foreign("lzip")), (Array("PAR1".utf8), .foreign("Parquet")),
    (Array("ARROW1".utf8), .foreign("Arrow")), ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], .foreign("HDF5")),
    ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], .foreign("NumPy")), ([0x80, 0x02], .foreign("pickle")),
    ([0x80, 0x03], .foreign("pickle")), ([0x80, 0x04], .foreign("pickle")), ([0x80, 0x05], .foreign("pickle")),
    (Array("PK\u{7}\u{8}".utf8), .foreign("split zip")), (Array("FEA1".utf8), .foreign("Feather")),
    ([0xFF, 0xFF, 0xFF, 0xFF], .foreign("Arrow")), ([0x0A, 0x23, 0xD7, 0xCE], .foreign("RecordIO")),
    (Array("SQLite format 3\u{0}".utf8), .foreign("SQLite")), (Array("MSCF".utf8), .foreign("cabinet")),
    (Array("070701".utf8), .foreign("cpio")), (Array("070707".utf8), .foreign("cpio")),
  ]
}

/// The fields of a tar member's header that say where the next one begins.
struct TarHeader: Sendable, Equatable {
  /// Of the member's content.
  var size: Int
  var type: UInt8

  static let blockBytes = 512

  /// Nil unless the block's checksum is right, which is how tars without any magic (V7) are told, too.
  init?(_ block: [UInt8]) {
    guard block.count >= Self.blockBytes, let stated = Self.octal(block[148..<156]) else { return nil }
    var sum = 0
    for (index, byte) in block.prefix(Self.blockBytes).enumerated() {
      sum += (148..<156).contains(index) ? 0x20 : Int(byte)
    }
    guard sum == stated, let size = Self.number(block[124..<136]) else { return nil }
    self.size = size
    type = block[156]
  }

  /// Bytes from the header's start to the next one.
  var extent: Int { Self.blockBytes + (size + Self.blockBytes - 1) / Self.blockBytes * Self.blockBytes }

  /// Octal digits between blanks and NULs, or GNU's binary form for what needs more than eleven digits.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    guard let first = field.first, first & 0x80 != 0 else { return octal(field) }
    var value = Int(first & 0x7F)
    for byte in field.dropFirst() {
      guard value < 1 << 48 else { return nil }
      value = value << 8 | Int(byte)
    }
    return value
  }

  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
    guard digits.count <= 12 else { return nil }
    var value = 0
    for digit in digits {
      guard (0x30...0x37).contains(digit) else { return nil }
      value = value << 3 | Int(digit - 0x30)
    }
    return value
  }
}
