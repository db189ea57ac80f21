import CPNG

/// An 8-bit image, grey or RGB, and its PNG form.
package struct PNGImage: Sendable, Equatable {
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

  package var shape: ImageShape { ImageShape(channels: channels, height: height, width: width) }
}

extension PNGImage {
  /// From (C, H, W) pixels, `shape.bytes` of them.
  package init(planar: some Collection<UInt8>, shape: ImageShape) {
    precondition(planar.count == shape.bytes)
    let source = Array(planar)
    let area = shape.height * shape.width
    var pixels: [UInt8] = []
    pixels.reserveCapacity(source.count)
    for position in 0..<area {
      for channel in 0..<shape.channels { pixels.append(source[channel * area + position]) }
    }
    self.init(width: shape.width, height: shape.height, channels: shape.channels, pixels: pixels)
  }

  /// The pixels as (C, H, W).
  package func planar() -> [UInt8] {
    var planar: [UInt8] = []
    planar.reserveCapacity(pixels.count)
    for channel in 0..<channels {
      for position in stride(from: channel, to: pixels.count, by: channels) { planar.append(pixels[position]) }
    }
    return planar
  }
}

extension PNGImage {
  /// Whether `head` starts like a PNG file; 8 bytes are enough.
  static func isPNG(_ head: [UInt8]) -> Bool {
    head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
  }

  /// Whether `head` starts like a JPEG file; 3 bytes are enough.
  static func isJPEG(_ head: [UInt8]) -> Bool {
    head.starts(with: [0xFF, 0xD8, 0xFF])
  }

  /// Decodes a PNG file. Grey stays grey, also below 8 bits; palettes become RGB; interlaced files are read.
  ///
  /// Size and kind are judged from the header, before memory for the pixels is taken. Text, profiles and other
  /// ancillary chunks are passed over. What follows the IEND chunk is not looked at.
  /// - Throws: `ImageFault`, also for 16 bits a channel and for transparency.
  package init(decoding file: [UInt8], limits: Limits = Limits()) throws(ImageFault) {
    guard Self.isPNG(file) else { throw .notPNG }
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

  private static func check(_ status: cpng_status, _ message: cpng_message, _ limits: Limits) throws(ImageFault) {
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
