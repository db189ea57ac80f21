/// What holds the members of an archive.
package enum ArchiveContainer: String, Sendable, CaseIterable {
  case tar = "tar"
  case tarGzip = "tar.gz"
  case tarZstd = "tar.zst"
  case tarXz = "tar.xz"
  case zip = "zip"
  /// A plain tar whose members are plain tars.
  case tarOfTars = "tar of tars"
  /// A directory of files; one in which archives are, or a list of archives.
  case directory = "directory"
  case shards = "shards"

  /// Those that are one tar archive.
  package static let tars: [Self] = [.tar, .tarGzip, .tarZstd, .tarXz]

  /// Those that are more than one file.
  package var isSeveralFiles: Bool { self == .directory || self == .shards }

  /// Bytes from the start of a file that are enough to tell.
  static let headBytes = 512

  /// The container that a file's first bytes announce, whatever its name is; nil for anything else. A tar of tars is a tar.
  ///
  /// - Source: RFC 1952 §2.3.1, RFC 8878 §3.1.1, the .xz file format §2.1.1.1, POSIX.1-2017 pax "ustar Interchange
  ///   Format", APPNOTE.TXT 6.3.10 §4.3.7 and §4.3.16. A tar file without the ustar magic (Unix V7) is known by the check
  ///   sum of its first header, a zstd file also by a skippable frame before the first one (pzstd). Zip files in which
  ///   NumPy and PyTorch keep what is theirs are none of ours.
  init?(head: [UInt8]) {
    if head.starts(with: [0x1F, 0x8B]) {
      self = .tarGzip
    } else if head.starts(with: ZstdFrames.magic) || ZstdFrames.isSkippable(head) {
      self = .tarZstd
    } else if head.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
      self = .tarXz
    } else if head.dropFirst(257).starts(with: Array("ustar".utf8)) || TarHeader.isTar(head: head) {
      self = .tar
    } else if ForeignFormat(head: head) == .zip {
      self = .zip
    } else {
      return nil
    }
  }
}
