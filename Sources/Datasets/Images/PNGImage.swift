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
  /// Decodes what networks see of a PNG file: see `decode`.
  package init(decoding file: [UInt8], limits: InputLimits = InputLimits()) throws(ImageFault) {
    self = try Self.decode(file, limits: limits).seen
  }

  /// Decodes a PNG file. Grey stays grey, also below 8 bits; palettes become RGB; interlaced files are read. Of 16 bits the
  /// upper 8 are seen, and of a transparent pixel the colour as it is stored, as programs mostly read them; the rest is
  /// unseen.
  ///
  /// Size and kind are judged from the header, before memory for the pixels is taken. Text, profiles and other
  /// ancillary chunks change no pixel and are passed over (see `presentation`). What follows the IEND chunk is not looked at.
  /// - Throws: `ImageFault`.
  static func decode(
    _ file: [UInt8], limits: InputLimits
  ) throws(ImageFault) -> (seen: PNGImage, unseen: UnseenPixels) {
    guard ImageFormat(head: file) == .png else { throw .notPNG }
    var header = cpng_header()
    var message = cpng_message()
    let side = UInt32(limits.imageSide)
    try check(cpng_read_header(file, file.count, side, &header, &message), message, limits)
    let width = Int(header.width)
    let height = Int(header.height)
    guard width * height <= limits.imagePixels else { throw .area(width * height, limit: limits.imagePixels) }
    let channels = header.has_colour != 0 ? 3 : 1
    let hasAlpha = header.has_alpha != 0 || header.has_transparency != 0
    let depth = header.bit_depth == 16 ? 16 : 8
    let (values, bytes) = (channels + (hasAlpha ? 1 : 0), depth / 8)
    var samples = [UInt8](repeating: 0, count: width * height * values * bytes)
    try check(cpng_decode(file, file.count, side, &samples, samples.count, &message), message, limits)
    guard hasAlpha || depth == 16 else {
      return (PNGImage(width: width, height: height, channels: channels, pixels: samples), UnseenPixels())
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * channels)
    for pixel in stride(from: 0, to: samples.count, by: values * bytes) {
      for channel in 0..<channels { pixels.append(samples[pixel + channel * bytes]) }
    }
    return (
      PNGImage(width: width, height: height, channels: channels, pixels: pixels),
      UnseenPixels(interleaved: samples, channels: channels, hasAlpha: hasAlpha, depth: depth)
    )
  }

  /// A file that `encoded` made, with chunks that say how it is shown.
  static func file(_ file: [UInt8], shownAs presentation: ImagePresentation) -> [UInt8] {
    file[..<headBytes] + chunks(for: presentation).flatMap(\.encoded) + file[headBytes...]
  }

  /// The PNG file: 8 bits, not interlaced, no ancillary chunks, level 6; same pixels, same bytes.
  package func encoded() -> [UInt8] {
    Self.encoded(pixels, width: width, height: height, channels: channels, depth: 8)
  }

  /// - Parameters:
  ///   - samples: (H, W, C) values of `depth` bits, 8 or 16, most significant byte first.
  ///   - channels: C: grey, grey with alpha, RGB or RGB with alpha.
  static func encoded(_ samples: [UInt8], width: Int, height: Int, channels: Int, depth: Int) -> [UInt8] {
    precondition(samples.count == width * height * channels * depth / 8)
    let (columns, rows, values, bits) = (UInt32(width), UInt32(height), Int32(channels), Int32(depth))
    let bound = cpng_encoded_bound(columns, rows, values, bits)
    var message = cpng_message()
    return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      let status = cpng_encode(
        samples, columns, rows, values, bits, buffer.baseAddress, buffer.count, &count, &message)
      // The samples are valid by construction and the buffer is large enough, so only memory can run out.
      precondition(status == CPNG_OK, "libpng failed to encode: \(text(message))")
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
