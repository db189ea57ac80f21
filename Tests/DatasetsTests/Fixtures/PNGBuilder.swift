@testable import Datasets

/// Builds PNG files chunk by chunk, also ones that no honest program writes.
///
/// - Source: ISO/IEC 15948 (PNG), RFC 1950 (zlib), RFC 1951 (stored blocks).
struct PNGBuilder {
  private(set) var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  mutating func chunk(_ type: String, _ data: [UInt8], badCRC: Bool = false) {
    let body = Array(type.utf8) + data
    let crc = Self.crc32(body)
    bytes += Self.big(UInt32(data.count)) + body + Self.big(badCRC ? crc ^ 1 : crc)
  }

  /// IHDR. Colour types: 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha.
  mutating func header(_ width: UInt32, _ height: UInt32, depth: UInt8 = 8, colour: UInt8 = 2, interlace: UInt8 = 0) {
    chunk("IHDR", Self.big(width) + Self.big(height) + [depth, colour, 0, 0, interlace])
  }

  mutating func data(_ scanlines: [UInt8], badCRC: Bool = false) {
    chunk("IDAT", Self.zlib(scanlines), badCRC: badCRC)
  }

  mutating func end() { chunk("IEND", []) }

  /// A whole file of unfiltered rows, `rowBytes` each.
  static func file(
    _ width: UInt32, _ height: UInt32, depth: UInt8 = 8, colour: UInt8 = 2, rows: [[UInt8]],
    before: [(String, [UInt8])] = []
  ) -> [UInt8] {
    var png = PNGBuilder()
    png.header(width, height, depth: depth, colour: colour)
    for (type, data) in before { png.chunk(type, data) }
    png.data(rows.flatMap { [0] + $0 })
    png.end()
    return png.bytes
  }

  /// An RGB image whose pixels are all `value`.
  static func plain(_ value: UInt8, width: Int = 8, height: Int = 8) -> [UInt8] {
    PNGImage(width: width, height: height, channels: 3, pixels: [UInt8](repeating: value, count: width * height * 3))
      .encoded()
  }

  /// Stored blocks, so that nothing is needed to compress.
  static func zlib(_ data: [UInt8]) -> [UInt8] {
    var out: [UInt8] = [0x78, 0x01]
    var at = 0
    repeat {
      let count = min(65535, data.count - at)
      let isLast: UInt8 = at + count == data.count ? 1 : 0
      let low = UInt8(count & 255)
      let high = UInt8(count >> 8)
      out += [isLast, low, high, ~low, ~high] + data[at..<at + count]
      at += count
    } while at < data.count
    var a: UInt32 = 1
    var b: UInt32 = 0
    for byte in data {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return out + big(b << 16 | a)
  }

  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }

  /// The file with every chunk's check sum made right, as far as its chunks can be told apart.
  static func withCorrectCheckSums(_ file: [UInt8]) -> [UInt8] {
    var file = file
    var at = 8
    while at + 12 <= file.count {
      let length = file[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = at + 8 + length
      guard end + 4 <= file.count else { break }
      file.replaceSubrange(end..<end + 4, with: big(crc32(Array(file[at + 4..<end]))))
      at = end + 4
    }
    return file
  }

  static func big(_ value: UInt32) -> [UInt8] {
    [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
  }
}
