/// A gzip stream of zeros, about a thousand times smaller than what comes out of it.
enum GzipBomb {
  static func bytes(inflatedTo size: Int) -> [UInt8] {
    var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    var bits: UInt32 = 0
    var count = 0
    func put(_ value: UInt32, _ length: Int) {
      bits |= value << UInt32(count)
      count += length
      while count >= 8 {
        result.append(UInt8(bits & 0xFF))
        bits >>= 8
        count -= 8
      }
    }
    put(0b011, 3)  // the last block, fixed codes
    put(0b0000_1100, 8)  // literal 0: 0x30, most significant bit first
    for _ in 0..<(size / 258) {
      put(0b1010_0011, 8)  // length 258: symbol 285, code 0xC5, most significant bit first
      put(0, 5)  // distance 1
    }
    put(0, 7)  // end of block
    put(0, 7)
    return result + [UInt8](repeating: 0, count: 8)
  }
}
