package import Archives
import CPNG
package import Foundations

/// An 8-bit image, grey or RGB, and its PNG form.
package struct PNGImage: InterleavedImage {
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
}

extension PNGImage {
  /// Decodes a PNG file. Grey stays grey, also below 8 bits; palettes become RGB; interlaced files are read.
  ///
  /// Size and kind are judged from the header, before memory for the pixels is taken. Text, profiles and other
  /// ancillary chunks change no pixel and are passed over (see `presentation`). What follows the IEND chunk is not looked at.
  /// - Throws: `ImageFault`, also for 16 bits a channel and for transparency.
  package init(decoding file: [UInt8], limits: InputLimits = InputLimits()) throws(ImageFault) {
    guard ImageFormat(head: file) == .png else { throw .notPNG }
    var header = cpng_header()
    var message = cpng_message()
    let side = UInt32(limits.imageSide)
    try Self.check(cpng_read_header(file, file.count, side, &header, &message), message, limits)
    let width = Int(header.width)
    let height = Int(header.height)
    guard width * height <= limits.imagePixels else { throw .area(width * height, limit: limits.imagePixels) }
    guard header.bit_depth <= 8 else { throw .sixteenBit }
    guard header.has_alpha == 0, header.has_transparency == 0 else { throw .alpha }
    let channels = header.has_colour != 0 ? 3 : 1
    var pixels = [UInt8](repeating: 0, count: width * height * channels)
    try Self.check(cpng_decode(file, file.count, side, &pixels, pixels.count, &message), message, limits)
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// The same file, with chunks that say how it is shown.
  func encoded(shownAs presentation: ImagePresentation) -> [UInt8] {
    let (file, chunks) = (encoded(), Self.chunks(for: presentation))
    return file[..<Self.headBytes] + chunks.flatMap(\.encoded) + file[Self.headBytes...]
  }

  /// The PNG file: 8 bits, not interlaced, no ancillary chunks, level 6; same pixels, same bytes.
  package func encoded() -> [UInt8] {
    let bound = cpng_encoded_bound(UInt32(width), UInt32(height), Int32(channels))
    var message = cpng_message()
    return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      let status = cpng_encode(
        pixels, UInt32(width), UInt32(height), Int32(channels), buffer.baseAddress, buffer.count, &count, &message)
      // The pixels are valid by construction and the buffer is large enough, so only memory can run out.
      precondition(status == CPNG_OK, "libpng failed to encode: \(Self.text(message))")
    }
  }

  /// Writes the PNG file to `path`.
  package func write(to path: String) throws {
    var sink = try FileSink(path: path)
    try encoded().withUnsafeBytes { try sink.write($0) }
    try sink.sync()
  }

  private static func check(_ status: cpng_status, _ message: cpng_message, _ limits: InputLimits) throws(ImageFault) {
    switch status {
    case CPNG_OK: return
    case CPNG_TRUNCATED: throw .truncated
    case CPNG_SIDE: throw .side(limit: limits.imageSide)
    case CPNG_MEMORY: throw .outOfMemory
    default: throw .corrupt(text(message))
    }
  }

  private static func text(_ message: cpng_message) -> String {
    withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
