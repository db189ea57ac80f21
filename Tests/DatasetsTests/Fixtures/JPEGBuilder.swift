@testable import Datasets

/// Builds JPEG files segment by segment, also ones that no honest program writes: single blocks without detail, whose
/// pixels follow from the format alone.
///
/// - Source: ITU-T T.81.
struct JPEGBuilder {
  private(set) var bytes: [UInt8] = [0xFF, 0xD8]

  /// Every coefficient's step: with 8, a DC difference of one is one level of every pixel.
  static let step: UInt8 = 8

  mutating func segment(_ marker: UInt8, _ body: [UInt8]) {
    let length = body.count + 2
    bytes += [0xFF, marker, UInt8(length >> 8), UInt8(length & 255)] + body
  }

  /// DQT, and DHT: the categories 0 … 11 of DC differences in four bits each, and the end of a block in one.
  mutating func tables() {
    segment(0xDB, [0] + [UInt8](repeating: Self.step, count: 64))
    segment(0xC4, [0x00, 0, 0, 0, 12] + [UInt8](repeating: 0, count: 12) + (0..<12).map { UInt8($0) })
    segment(0xC4, [0x10, 1] + [UInt8](repeating: 0, count: 15) + [0])
  }

  /// SOF. Markers: 0xC0 baseline, 0xC2 progressive. `sampling` is the first component's, horizontally and vertically.
  mutating func frame(_ marker: UInt8, _ width: Int, _ height: Int, components: Int, sampling: UInt8 = 0x11) {
    let size = [height >> 8, height & 255, width >> 8, width & 255].map { UInt8($0) }
    let list = (1...components).flatMap { component -> [UInt8] in
      [UInt8(component), component == 1 ? sampling : 0x11, 0]
    }
    segment(marker, [8] + size + [UInt8(components)] + list)
  }

  /// SOS and entropy-coded bits, filled up with ones.
  mutating func scan(_ components: ClosedRange<Int>, spectrum: ClosedRange<Int> = 0...63, bits: String) {
    let list = components.flatMap { component -> [UInt8] in [UInt8(component), 0] }
    let band = [UInt8(spectrum.lowerBound), UInt8(spectrum.upperBound), 0]
    segment(0xDA, [UInt8(components.count)] + list + band)
    let filled = bits + String(repeating: "1", count: (8 - bits.count % 8) % 8)
    for start in stride(from: 0, to: filled.count, by: 8) {
      let byte = UInt8(filled.dropFirst(start).prefix(8), radix: 2) ?? 0
      bytes += byte == 0xFF ? [0xFF, 0] : [byte]
    }
  }

  mutating func end() { bytes += [0xFF, 0xD9] }

  /// The code of a DC difference.
  static func difference(_ value: Int) -> String {
    var category = 0
    while abs(value) >> category > 0 { category += 1 }
    func binary(_ number: Int, _ digits: Int) -> String {
      let text = String(number, radix: 2)
      return String(repeating: "0", count: digits - text.count) + text
    }
    guard category > 0 else { return binary(0, 4) }
    return binary(category, 4) + binary(value > 0 ? value : value + (1 << category) - 1, category)
  }

  /// 8×8 pixels of one colour; `levels` are above 128 in Y or in Y, Cb, Cr.
  static func plain(_ levels: [Int]) -> [UInt8] {
    var jpeg = JPEGBuilder()
    jpeg.tables()
    jpeg.frame(0xC0, 8, 8, components: levels.count)
    jpeg.scan(1...levels.count, bits: levels.map { difference($0) + "0" }.joined())
    jpeg.end()
    return jpeg.bytes
  }

  /// 16×16 pixels of one colour, with a quarter of the chroma (4:2:0).
  static func subsampled(_ levels: [Int]) -> [UInt8] {
    var jpeg = JPEGBuilder()
    jpeg.tables()
    jpeg.frame(0xC0, 16, 16, components: 3, sampling: 0x22)
    let luma = ([levels[0], 0, 0, 0]).map { difference($0) + "0" }.joined()
    jpeg.scan(1...3, bits: luma + levels.dropFirst().map { difference($0) + "0" }.joined())
    jpeg.end()
    return jpeg.bytes
  }

  /// Progressive, 8×8, RGB: a scan for DC, then `count` − 1 scans for a coefficient of a component each.
  static func scans(_ count: Int) -> [UInt8] {
    var jpeg = JPEGBuilder()
    jpeg.tables()
    jpeg.frame(0xC2, 8, 8, components: 3)
    jpeg.scan(1...3, spectrum: 0...0, bits: [5, 0, 0].map(difference).joined())
    for number in 0..<count - 1 {
      let coefficient = 1 + number / 3
      jpeg.scan(number % 3 + 1...number % 3 + 1, spectrum: coefficient...coefficient, bits: "0")
    }
    jpeg.end()
    return jpeg.bytes
  }

  /// CMYK.
  static func fourColours() -> [UInt8] { plain([1, 2, 3, 4]) }

  /// Any size in the header, before a single block.
  static func claiming(_ width: Int, _ height: Int) -> [UInt8] {
    var jpeg = JPEGBuilder()
    jpeg.tables()
    jpeg.frame(0xC0, width, height, components: 1)
    jpeg.scan(1...1, bits: "00000")
    jpeg.end()
    return jpeg.bytes
  }
}
