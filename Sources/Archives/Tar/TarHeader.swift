/// One header block of a tar stream, read strictly: what readers of tar understand in different ways is a fault.
///
/// - Source: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format"; Unix V7 tar(5).
struct TarHeader {
  static let blockBytes = 512
  /// The largest size that eleven octal digits can say.
  static let largestOctal = 0o77_777_777_777

  let type: UInt8
  /// Bytes of content, `Int.max` for more.
  let size: Int
  /// As this block alone says, up to the first NUL.
  let name: [UInt8]
  /// Why readers would disagree about this block.
  let fault: String?

  /// Whether it is a file's; "7" is one that lies in one piece.
  var isPlain: Bool { "\u{0}07".utf8.contains(type) }

  /// - Returns: nil for a block whose check sum is wrong.
  init?(_ block: some RandomAccessCollection<UInt8>) {
    let block = Array(block)
    guard block.count == Self.blockBytes, Self.hasCheckSum(block) else { return nil }
    type = block[156]
    let size = Self.number(block[124..<136])
    self.size = size ?? 0
    let isUstar = block[257..<263].elementsEqual("ustar\u{0}".utf8)
    let isGNU = block[257..<265].elementsEqual("ustar  \u{0}".utf8)
    let prefix = Self.text(block[345..<500])
    let own = Self.text(block[0..<100])
    name = isUstar && !prefix.isEmpty ? prefix + (prefix.last == UInt8(ascii: "/") ? [] : Array("/".utf8)) + own : own
    fault =
      if size == nil {
        "its size is no number"
      } else if !isUstar && !isGNU && block[257..<262].elementsEqual("ustar".utf8) {
        "it has an unknown version of the ustar format"
      } else if block[345..<500].dropFirst(isUstar ? prefix.count : 0).contains(where: { $0 != 0 }) {
        "it has bytes where some readers look for the front of its name"
      } else {
        nil
      }
  }

  /// Whether a file that starts with `head` can be a tar archive of any age: its first block has the right check sum.
  static func isTar(head: [UInt8]) -> Bool {
    head.count >= blockBytes && head[0] != 0 && hasCheckSum(Array(head[..<blockBytes]))
  }

  /// The sum of all bytes, those of the sum itself taken as blanks; old programs added them up as signed numbers.
  private static func hasCheckSum(_ block: [UInt8]) -> Bool {
    guard let stated = number(block[148..<156]) else { return false }
    var sums = (unsigned: 8 * 32, signed: 8 * 32)
    for (offset, byte) in block.enumerated() where !(148..<156).contains(offset) {
      sums.unsigned += Int(byte)
      sums.signed += Int(Int8(bitPattern: byte))
    }
    return stated == sums.unsigned || stated == sums.signed
  }

  /// Octal digits between blanks, or GNU's binary form: a byte 0x80, then the number. Nil for anything else.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    if field.first == 0x80 {
      return field.dropFirst().reduce(0) { $0 > Int.max >> 8 ? Int.max : $0 << 8 | Int($1) }
    }
    let start = field.drop { $0 == UInt8(ascii: " ") }
    let digits = start.prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
    guard start.dropFirst(digits.count).allSatisfy({ $0 == 0 || $0 == UInt8(ascii: " ") }) else { return nil }
    return digits.reduce(0) { $0 << 3 | Int($1 & 7) }
  }

  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }
}
