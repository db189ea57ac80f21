import Archives
import CArchive
import Foundations

/// One chunk of a PNG file.
struct PNGChunk: Sendable, Equatable {
  var type: String
  var data: [UInt8]

  /// With its length and check sum.
  var encoded: [UInt8] {
    let body = Array(type.utf8) + data
    let check = body.withUnsafeBufferPointer { crc32(0, $0.baseAddress, uInt($0.count)) }
    return Self.big(UInt32(data.count)) + body + Self.big(UInt32(truncatingIfNeeded: check))
  }

  static func big(_ value: UInt32) -> [UInt8] {
    [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
  }
}

extension PNGImage {
  /// Bytes of a file's signature and header, after which chunks may be put that are about the image.
  static let headBytes = 33

  /// Chunks that decide how a picture is shown and are kept as they are, with the length that they must have.
  ///
  /// - Source: PNG third edition §11.3.2 and §11.3.4; nobody looks into a compressed profile here.
  private static let kept: [String: Int?] = [
    "iCCP": nil, "sRGB": 1, "gAMA": 4, "cHRM": 32, "cICP": 4, "mDCV": 24, "mDCv": 24, "cLLI": 8, "cLLi": 8, "pHYs": 9,
  ]

  /// What a PNG file that was decoded says about how it is shown.
  ///
  /// - Throws: `ImageFault.profile` if what must be kept is above `FixedLimits.presentationBytes`.
  static func presentation(of file: [UInt8]) throws(ImageFault) -> ImagePresentation {
    var presentation = ImagePresentation()
    var seen: Set<String> = []
    var bytes = 0
    var at = 8
    while at + 12 <= file.count {
      let length = file[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= file.count - at - 12 else { break }
      let data = file[at + 8..<at + 8 + length]
      let type = String(decoding: file[at + 4..<at + 8], as: UTF8.self)
      at += 12 + length
      if let due = kept[type], due == nil || due == length {
        // Of two of a kind readers take the first.
        guard seen.insert(type).inserted else { continue }
        bytes += length
        guard bytes <= FixedLimits.presentationBytes else { throw .profile(limit: FixedLimits.presentationBytes) }
        presentation.chunks.append(PNGChunk(type: type, data: Array(data)))
      } else if type == "eXIf", seen.insert(type).inserted {
        presentation.exif = ExifFields(tiff: data)
      } else if ["tEXt", "zTXt", "iTXt"].contains(type), let keyword = keyword(data), seen.insert(keyword).inserted,
        let text = text(type, data.dropFirst(keyword.utf8.count + 1))
      {
        switch keyword {
        case "Raw profile type exif", "Raw profile type APP1":
          presentation.exifInText = exif(inText: text) ?? presentation.exifInText
        case "XML:com.adobe.xmp":
          presentation.xmpOrientation = presentation.xmpOrientation ?? XMPOrientation.find(in: text)
        default: break
        }
      }
    }
    return presentation
  }

  /// The keyword of a text chunk, if it is about Exif or XMP.
  private static func keyword(_ data: ArraySlice<UInt8>) -> String? {
    let keyword = String(decoding: data.prefix(80).prefix { $0 != 0 }, as: UTF8.self)
    return ["Raw profile type exif", "Raw profile type APP1", "XML:com.adobe.xmp"].contains(keyword) ? keyword : nil
  }

  /// The text of a chunk, which what follows its keyword holds; nil if it is damaged or expands without end.
  ///
  /// - Source: PNG third edition §11.3.3.
  private static func text(_ type: String, _ data: ArraySlice<UInt8>) -> [UInt8]? {
    var rest = data
    var isCompressed = type == "zTXt"
    if type == "iTXt" {
      isCompressed = rest.first == 1
      // Flag and method, then language and translated keyword.
      rest = rest.dropFirst(2)
      for _ in 0..<2 { rest = rest.drop { $0 != 0 }.dropFirst() }
    } else if isCompressed {
      rest = rest.dropFirst()
    }
    guard isCompressed else { return Array(rest) }
    return Deflate.expanded(Array(rest), limit: FixedLimits.presentationBytes)
  }

  /// Exif data as ImageMagick writes it: "\nexif\n  LENGTH\nHEX…".
  private static func exif(inText text: [UInt8]) -> ExifFields? {
    let lines = text.split(separator: UInt8(ascii: "\n"), maxSplits: 2)
    guard lines.count == 3 else { return nil }
    let digits = lines[2].compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    return ExifFields(tiff: bytes.starts(with: JPEGImage.exifHead) ? bytes.dropFirst(6) : bytes[...])
  }

  /// The chunks that say the same of a PNG file.
  static func chunks(for presentation: ImagePresentation) -> [PNGChunk] {
    var chunks = presentation.chunks
    if !presentation.profile.isEmpty {
      let name = Array("ICC profile".utf8) + [0, 0]
      chunks.append(PNGChunk(type: "iCCP", data: name + Deflate.compressed(presentation.profile)))
    }
    if let density = presentation.density, let chunk = PNGChunk(density) { chunks.append(chunk) }
    if let tiff = presentation.exif.tiff { chunks.append(PNGChunk(type: "eXIf", data: tiff)) }
    if let tiff = presentation.exifInText.tiff {
      let content = JPEGImage.exifHead + tiff
      let hex = content.hexadecimal
      chunks.append(
        PNGChunk(
          type: "tEXt",
          data: Array("Raw profile type exif".utf8) + [0] + Array("\nexif\n\(content.count)\n\(hex)\n".utf8)))
    }
    if let orientation = presentation.xmpOrientation {
      chunks.append(
        PNGChunk(
          type: "iTXt",
          data: Array("XML:com.adobe.xmp".utf8) + [0, 0, 0, 0, 0] + XMPOrientation.packet(orientation)))
    }
    return chunks
  }
}

extension PNGChunk {
  /// pHYs for JFIF's density; nil where that says nothing.
  fileprivate init?(_ density: ImagePresentation.Density) {
    func pixels(_ value: UInt16) -> UInt32? {
      switch density.unit {
      case 0: density.x == density.y ? nil : UInt32(value)
      // A metre has 100 / 2.54 inches.
      case 1: (UInt32(value) * 10_000 + 127) / 254
      case 2: UInt32(value) * 100
      default: nil
      }
    }
    guard density.x > 0, density.y > 0, let x = pixels(density.x), let y = pixels(density.y) else { return nil }
    self.init(type: "pHYs", data: Self.big(x) + Self.big(y) + [density.unit == 0 ? 0 : 1])
  }
}

/// zlib streams in memory.
enum Deflate {
  /// At level 6: same bytes in, same bytes out.
  static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var count = compressBound(uLong(bytes.count))
    return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, used in
      let status = compress2(buffer.baseAddress, &count, bytes, uLong(bytes.count), 6)
      // The buffer is large enough, so only memory can run out.
      precondition(status == Z_OK, "zlib failed to compress")
      used = Int(count)
    }
  }

  /// Nil for what is no zlib stream, or expands beyond `limit` bytes.
  static func expanded(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
    var count = uLong(limit)
    var status = Z_OK
    let expanded = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
      status = uncompress(buffer.baseAddress, &count, bytes, uLong(bytes.count))
      used = status == Z_OK ? Int(count) : 0
    }
    return status == Z_OK ? expanded : nil
  }
}
