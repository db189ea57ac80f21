/// The fields of Exif data that decide how a picture is shown, read from whatever a file holds and written in one form.
///
/// - Source: CIPA DC-008 (Exif 2.32) §4.6; TIFF 6.0 §2.
struct ExifFields: Sendable, Equatable {
  private enum Directory: CaseIterable {
    case image, camera, interoperability

    /// Tags that are kept, with the bytes of their values: shorts, rationals, or four characters.
    var kept: [UInt16: (type: UInt16, bytes: Int)] {
      switch self {
      // Orientation, horizontal and vertical resolution and their unit.
      case .image: [0x0112: (3, 2), 0x011A: (5, 8), 0x011B: (5, 8), 0x0128: (3, 2)]
      // Colour space, gamma.
      case .camera: [0xA001: (3, 2), 0xA500: (5, 8)]
      // "R03" is Adobe RGB.
      case .interoperability: [0x0001: (2, 4)]
      }
    }

    /// The tag that says where the next directory is.
    var pointer: UInt16? {
      switch self {
      case .image: 0x8769
      case .camera: 0xA005
      case .interoperability: nil
      }
    }
  }

  /// Values by tag, most significant byte first.
  private var values: [[UInt16: [UInt8]]] = Array(repeating: [:], count: Directory.allCases.count)

  /// None.
  init() {}

  /// - Parameter tiff: Exif data from their byte order on. What cannot be read says nothing, as it does to any reader.
  init(tiff: some RandomAccessCollection<UInt8>) {
    let reader = Reader(tiff)
    var next = reader?.offset(at: 4)
    for (place, directory) in Directory.allCases.enumerated() {
      guard let reader, let start = next, let count = reader.short(at: start) else { return }
      next = nil
      for entry in 0..<Int(count) {
        let at = start + 2 + 12 * entry
        guard let tag = reader.short(at: at), let type = reader.short(at: at + 2) else { break }
        if tag == directory.pointer { next = reader.offset(at: at + 8) }
        guard let kept = directory.kept[tag], values[place][tag] == nil else { continue }
        values[place][tag] = reader.value(at: at, type: type, as: kept)
      }
      // An orientation beyond the eight says nothing.
      if directory == .image, let orientation, !(1...8).contains(orientation) { values[0][0x0112] = nil }
    }
  }

  /// 1 … 8.
  var orientation: Int? { values[0][0x0112].map { Int($0[0]) << 8 | Int($0[1]) } }

  /// As TIFF data, most significant byte first; nil where there is nothing to say.
  var tiff: [UInt8]? {
    guard values.contains(where: { !$0.isEmpty }) else { return nil }
    var bytes: [UInt8] = Array("MM".utf8) + [0, 42, 0, 0, 0, 8]
    for (place, directory) in Directory.allCases.enumerated() {
      // A directory is there for its own values or for those after it.
      guard values[place...].contains(where: { !$0.isEmpty }) else { break }
      var entries = values[place].map { (tag: $0.key, value: $0.value) }
      let hasNext = values[(place + 1)...].contains { !$0.isEmpty }
      if hasNext, let pointer = directory.pointer { entries.append((pointer, [0, 0, 0, 0])) }
      entries.sort { $0.tag < $1.tag }
      let start = bytes.count
      // Number, entries, and that no further image follows.
      let end = start + 2 + 12 * entries.count + 4
      var after: [UInt8] = []
      bytes += Self.big(UInt16(entries.count))
      let beyond = entries.reduce(0) { $0 + ($1.value.count > 4 ? $1.value.count : 0) }
      for (tag, value) in entries {
        let kept = directory.kept[tag] ?? (4, 4)
        bytes += Self.big(tag) + Self.big(kept.type) + [0, 0, 0, kept.type == 2 ? UInt8(kept.bytes) : 1]
        if tag == directory.pointer {
          bytes += Self.big(UInt32(end + beyond))
        } else if value.count > 4 {
          bytes += Self.big(UInt32(end + after.count))
          after += value
        } else {
          bytes += value + [UInt8](repeating: 0, count: 4 - value.count)
        }
      }
      bytes += [0, 0, 0, 0] + after
    }
    return bytes
  }

  private static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
  private static func big(_ value: UInt32) -> [UInt8] { big(UInt16(value >> 16)) + big(UInt16(value & 0xFFFF)) }

  /// TIFF data of either byte order; whatever lies outside of them is nil.
  private struct Reader {
    let bytes: [UInt8]
    let isBig: Bool

    init?(_ tiff: some RandomAccessCollection<UInt8>) {
      bytes = Array(tiff)
      isBig = bytes.starts(with: [0x4D, 0x4D, 0, 42])
      guard isBig || bytes.starts(with: [0x49, 0x49, 42, 0]) else { return nil }
    }

    func short(at offset: Int) -> UInt16? {
      number(at: offset, 2).map { UInt16($0) }
    }

    /// A place in the data.
    func offset(at offset: Int) -> Int? { number(at: offset, 4) }

    private func number(at offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset + count <= bytes.count else { return nil }
      let field = bytes[offset..<offset + count]
      return isBig ? field.reduce(0) { $0 << 8 | Int($1) } : field.reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// The value of the entry at `at`, most significant byte first; nil if it is of another kind than the tag's.
    func value(at: Int, type: UInt16, as kept: (type: UInt16, bytes: Int)) -> [UInt8]? {
      guard let count = number(at: at + 4, 4) else { return nil }
      switch (kept.type, type) {
      case (3, 1), (3, 3), (3, 4):
        // Some programs write a byte or a long where a short is due.
        let width = type == 1 ? 1 : type == 3 ? 2 : 4
        guard count == 1, let value = number(at: at + 8, width), value <= 0xFFFF else { return nil }
        return ExifFields.big(UInt16(value))
      case (5, 5):
        guard count == 1, let place = offset(at: at + 8), let over = number(at: place, 4),
          let under = number(at: place + 4, 4)
        else { return nil }
        return ExifFields.big(UInt32(over)) + ExifFields.big(UInt32(under))
      case (2, 2):
        guard count == kept.bytes, at + 12 <= bytes.count else { return nil }
        return Array(bytes[(at + 8)..<(at + 12)])
      default: return nil
      }
    }
  }
}
