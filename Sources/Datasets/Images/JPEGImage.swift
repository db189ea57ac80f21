package import Archives
import CJPEG
package import Foundations

/// An 8-bit image, grey or RGB, and its JPEG form.
package struct JPEGImage: InterleavedImage {
  package let width: Int
  package let height: Int
  /// 1 (grey) or 3 (RGB).
  package let channels: Int
  /// (H, W, C), row-major.
  package let pixels: [UInt8]

  package init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && (channels == 1 || channels == 3))
    precondition(pixels.count == width * height * channels)
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// Decodes a JPEG file: grey, RGB or YCbCr with 8 bits, baseline or progressive. Chroma is interpolated as libjpeg does
  /// by default; an orientation in Exif data is not followed, but kept (see `presentation`).
  ///
  /// Size and kind are judged from the header, before memory for the pixels is taken. A file with damage that a decoder
  /// could paint over is refused. What follows the end marker is not looked at.
  /// - Throws: `ImageFault`, also for other colours than those and for more than 100 scans.
  package init(decoding file: [UInt8], limits: InputLimits = InputLimits()) throws(ImageFault) {
    guard ImageFormat(head: file) == .jpeg else { throw .notJPEG }
    var header = cjpeg_header()
    var message = cjpeg_message()
    try Self.check(cjpeg_read_header(file, file.count, &header, &message), message)
    let width = Int(header.width)
    let height = Int(header.height)
    guard (1...limits.imageSide).contains(width), (1...limits.imageSide).contains(height) else {
      throw .side(limit: limits.imageSide)
    }
    guard width * height <= limits.imagePixels else { throw .area(width * height, limit: limits.imagePixels) }
    guard header.is_decodable != 0 else { throw .colours(components: Int(header.components)) }
    let channels = Int(header.components)
    var pixels = [UInt8](repeating: 0, count: width * height * channels)
    let scans = Int32(FixedLimits.imageScans)
    try Self.check(cjpeg_decode(file, file.count, scans, &pixels, pixels.count, &message), message)
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// The JPEG file: baseline, standard tables; same pixels, same bytes.
  /// - Parameters:
  ///   - quality: libjpeg's scale, 1 … 100.
  ///   - chromaStep: pixels each way that share a chroma sample: 1 (4:4:4) or 2 (4:2:0, what most programs write).
  package func encoded(quality: Int, chromaStep: Int = 1) -> [UInt8] {
    precondition((1...100).contains(quality) && (1...2).contains(chromaStep))
    let bound = cjpeg_encoded_bound(UInt32(width), UInt32(height), Int32(channels))
    var message = cjpeg_message()
    return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      let status = cjpeg_encode(
        pixels, UInt32(width), UInt32(height), Int32(channels), Int32(quality), Int32(chromaStep), buffer.baseAddress,
        buffer.count, &count, &message)
      // The pixels are valid by construction and the buffer is large enough, so only memory can run out.
      precondition(status == CJPEG_OK, "libjpeg failed to encode: \(Self.text(message))")
    }
  }

  private static func check(_ status: cjpeg_status, _ message: cjpeg_message) throws(ImageFault) {
    switch status {
    case CJPEG_OK: return
    case CJPEG_TRUNCATED: throw .truncated
    case CJPEG_SCANS: throw .scans(limit: FixedLimits.imageScans)
    case CJPEG_MEMORY: throw .outOfMemory
    default: throw .corrupt(text(message))
    }
  }

  private static func text(_ message: cjpeg_message) -> String {
    withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
