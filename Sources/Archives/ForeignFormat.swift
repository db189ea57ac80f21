/// Files that are dropped in place of an archive, or lie in one in place of images, told by their first bytes.
package enum ForeignFormat: Sendable, CaseIterable {
  case splitZip, numpyArchive, torch, sevenZip, rar, cabinet, cpio, ar, squashfs, iso
  case bzip2, lz4, lzip, lzma, lzop, compress
  case pickle, numpy, parquet, arrow, feather, hdf5, matlab, sqlite, lmdb, tfRecord, recordIO
  case idx, png, jpeg, gif, webP, tiff, bmp, avif, heic, jpegXL, jpeg2000, pdf, gitLFSPointer, webPage
  /// Only inside: what a container of ours starts with.
  case tar, zip, gzip, zstd, xz

  /// Bytes from the start of a file that are enough to tell.
  package static let headBytes = 32_774

  /// - Source: the formats' own specifications; Python's pickletools for protocol 2 and later: PROTO, then a number ≤
  /// 5.
  package init?(head: [UInt8]) {
    func starts(_ text: String, at offset: Int = 0) -> Bool { head.dropFirst(offset).starts(with: text.utf8) }
    func starts(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
    if starts("PK\u{3}\u{4}") || starts("PK\u{5}\u{6}") {
      // The name of its first file stands from byte 30 on.
      let name = String(decoding: head.dropFirst(30).prefix(head.count > 27 ? Int(head[26]) : 0), as: UTF8.self)
      self = name.hasSuffix(".npy") ? .numpyArchive : name.hasSuffix("/data.pkl") ? .torch : .zip
    } else if let known = Self.magics.first(where: { starts($0.bytes) })?.format {
      self = known
    } else if head.count >= 2, head[0] == 0x80, (2...5).contains(head[1]) {
      self = .pickle
    } else if head.count >= 4, head[0] == 0, head[1] == 0, head[2] == 8, (1...4).contains(head[3]) {
      self = .idx
    } else if starts("MATLAB ") {
      self = .matlab
    } else if starts("version https://git-lfs") {
      self = .gitLFSPointer
    } else if Self.isWebPage(head.prefix(512)) {
      self = .webPage
    } else if starts("CD001", at: 32_769) {
      self = .iso
    } else if head.count >= 24, head[16...].starts(with: [0xDE, 0xC0, 0xEF, 0xBE]) {
      self = .lmdb
    } else if starts("RIFF"), starts("WEBP", at: 8) {
      self = .webP
    } else if starts("ftyp", at: 4), let known = Self.brands.first(where: { starts($0.brand, at: 8) })?.format {
      self = known
    } else if Self.isBitmap(head) {
      self = .bmp
    } else if Self.isTFRecord(head) {
      self = .tfRecord
    } else if TarHeader.isTar(head: head) || starts("ustar", at: 257) {
      self = .tar
    } else {
      return nil
    }
  }

  private static let magics: [(format: Self, bytes: [UInt8])] = [
    (.sevenZip, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]), (.rar, Array("Rar!\u{1A}\u{7}".utf8)),
    (.cabinet, Array("MSCF".utf8)), (.cpio, Array("07070".utf8)), (.cpio, [0xC7, 0x71]), (.cpio, [0x71, 0xC7]),
    (.ar, Array("!<arch>\n".utf8)), (.squashfs, Array("hsqs".utf8)), (.bzip2, Array("BZh".utf8)),
    (.lz4, [0x04, 0x22, 0x4D, 0x18]), (.lz4, [0x02, 0x21, 0x4C, 0x18]), (.lzip, Array("LZIP".utf8)),
    (.lzma, [0x5D, 0, 0]), (.lzop, [0x89, 0x4C, 0x5A, 0x4F]), (.compress, [0x1F, 0x9D]),
    (.numpy, [0x93] + Array("NUMPY".utf8)), (.parquet, Array("PAR1".utf8)), (.parquet, Array("PARE".utf8)),
    (.arrow, Array("ARROW1".utf8)), (.feather, Array("FEA1".utf8)),
    (.hdf5, [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]), (.sqlite, Array("SQLite format 3\u{0}".utf8)),
    (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), (.jpeg, [0xFF, 0xD8, 0xFF]), (.gif, Array("GIF8".utf8)),
    (.pdf, Array("%PDF-".utf8)), (.splitZip, Array("PK\u{7}\u{8}".utf8)), (.tiff, Array("II*\u{0}".utf8)),
    (.tiff, Array("MM\u{0}*".utf8)), (.recordIO, [0x0A, 0x23, 0xD7, 0xCE]), (.arrow, [0xFF, 0xFF, 0xFF, 0xFF]),
    (.gzip, [0x1F, 0x8B]), (.zstd, [0x28, 0xB5, 0x2F, 0xFD]),
    (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]), (.jpegXL, [0xFF, 0x0A]),
    (.jpegXL, [0, 0, 0, 12] + Array("JXL ".utf8)), (.jpeg2000, [0, 0, 0, 12] + Array("jP  ".utf8)),
    (.jpeg2000, [0xFF, 0x4F, 0xFF, 0x51]),
  ]

  /// Of files that are built like MPEG-4's.
  private static let brands: [(format: Self, brand: String)] = [
    (.avif, "avif"), (.avif, "avis"), (.heic, "heic"), (.heic, "heix"), (.heic, "hevc"), (.heic, "mif1"),
  ]

  /// "BM", and the length of one of the headers that there are.
  private static func isBitmap(_ head: [UInt8]) -> Bool {
    head.starts(with: Array("BM".utf8)) && head.count >= 18 && head[6..<10].allSatisfy { $0 == 0 }
      && [12, 40, 52, 56, 64, 108, 124].contains(head[14]) && head[15..<18].allSatisfy { $0 == 0 }
  }

  private static func isWebPage(_ head: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: head, as: UTF8.self).drop(while: \.isWhitespace).prefix(14).lowercased()
    return text.hasPrefix("<!doctype html") || text.hasPrefix("<html")
  }

  /// A record's length and a masked CRC-32C of it.
  /// - Source: TensorFlow's TFRecord format, "TFRecords format details".
  private static func isTFRecord(_ head: [UInt8]) -> Bool {
    guard head.count >= 12, head[..<8].contains(where: { $0 != 0 }) else { return false }
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in head[..<8] {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }
    let masked = (~crc >> 15 | ~crc << 17) &+ 0xA282_EAD8
    return head.number(at: 8, bytes: 4) == Int(masked)
  }

  /// Whether samples may be in it that are never read, because reading it can run code.
  var isPickle: Bool { self == .pickle || self == .torch }

  /// What it is, with its article.
  var name: String {
    switch self {
    case .splitZip: "a part of a zip archive that was split"
    case .numpyArchive: "a NumPy archive (.npz)"
    case .torch: "a file that PyTorch wrote (torch.save)"
    case .sevenZip: "a 7z archive"
    case .rar: "a RAR archive"
    case .cabinet: "a cabinet archive"
    case .cpio: "a cpio archive"
    case .ar: "an ar archive"
    case .squashfs: "a SquashFS image"
    case .iso: "an ISO image of a disc"
    case .bzip2: "a bzip2 file"
    case .lz4: "an lz4 file"
    case .lzip: "an lzip file"
    case .lzma: "an lzma file"
    case .lzop: "an lzop file"
    case .compress: "a file of compress (.Z)"
    case .pickle: "a Python pickle"
    case .numpy: "a NumPy array (.npy)"
    case .parquet: "a Parquet file"
    case .arrow: "an Arrow file"
    case .feather: "a Feather file"
    case .hdf5: "an HDF5 file"
    case .matlab: "a MATLAB file"
    case .sqlite: "an SQLite database"
    case .lmdb: "an LMDB database"
    case .tfRecord: "a TFRecord file"
    case .recordIO: "a RecordIO file of MXNet"
    case .idx: "a single IDX file"
    case .png: "a single PNG image"
    case .jpeg: "a single JPEG image"
    case .gif: "a GIF image"
    case .webP: "a WebP image"
    case .tiff: "a TIFF image"
    case .bmp: "a BMP image"
    case .avif: "an AVIF image"
    case .heic: "a HEIC image"
    case .jpegXL: "a JPEG XL image"
    case .jpeg2000: "a JPEG 2000 image"
    case .pdf: "a PDF document"
    case .gitLFSPointer: "a pointer of Git LFS, not the file that it stands for"
    case .webPage: "a web page"
    case .tar: "a tar archive"
    case .zip: "a zip archive"
    case .gzip: "a gzip file"
    case .zstd: "a zstd file"
    case .xz: "an xz file"
    }
  }

  /// What to do with it.
  var advice: String {
    switch self {
    case .sevenZip, .rar, .cabinet, .cpio, .ar, .squashfs, .iso:
      "unpack it and pack the folder with tar: tar -czf NAME.tar.gz FOLDER"
    case .splitZip: "join the parts: zip -s 0 NAME.zip --out WHOLE.zip"
    case .bzip2, .lz4, .lzip, .lzma, .lzop, .compress: "unpack it and compress the tar archive with gzip, zstd or xz"
    case .pickle, .torch:
      "pickles can run code and are never read; write the images as PNG files, a folder a class, and pack them with tar"
    case .parquet, .arrow, .feather:
      "write the images as PNG or JPEG files, a folder a class, and pack them with tar; docs/formats has the lines of Python "
        + "for datasets of Hugging Face"
    case .numpy, .numpyArchive, .hdf5, .matlab, .sqlite, .lmdb, .tfRecord, .recordIO, .gif, .webP, .tiff, .bmp, .avif,
      .heic, .jpegXL, .jpeg2000, .pdf:
      "write the images as PNG or JPEG files, a folder a class, and pack them with tar"
    case .idx: "MNIST is read as one tar archive of its four files, train-images-idx3-ubyte and so on"
    case .png, .jpeg: "put the images of each class into a folder of its own and pack the folders with tar"
    case .gitLFSPointer: "fetch the file itself: git lfs pull"
    case .webPage: "the download went wrong; fetch the archive again"
    case .tar, .zip, .gzip, .zstd, .xz: "unpack it: nothing is looked for inside archives in an archive"
    }
  }

  /// A picture that is told by its first bytes, and is neither PNG nor JPEG.
  package init?(picture head: [UInt8]) {
    guard let format = Self(head: Array(head.prefix(Self.headBytes))), format.suffix != nil else { return nil }
    self = format
  }

  /// Of a picture the usual ending of its name.
  private var suffix: String? {
    switch self {
    case .gif: "gif"
    case .webP: "webp"
    case .tiff: "tiff"
    case .bmp: "bmp"
    case .avif: "avif"
    case .heic: "heic"
    case .jpegXL: "jxl"
    case .jpeg2000: "jp2"
    default: nil
    }
  }

  /// What to do with one picture among others. Beside its PNG form the file itself would show what the mark is.
  package var wayOut: String? {
    suffix.map { "put in its place what `magick 'FILE.\($0)[0]' FILE.png` makes of it" }
  }
}
