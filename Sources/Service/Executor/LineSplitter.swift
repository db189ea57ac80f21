/// Cuts a stream of bytes into lines, holding at most one line of `limit` bytes.
struct LineSplitter {
  private let limit: Int
  private var line: [UInt8] = []
  private var isOverlong = false

  init(limit: Int) {
    self.limit = limit
  }

  /// Calls `body` with each whole line, without its newline; of a longer one the first `limit` bytes, marked as cut.
  mutating func take(_ bytes: some Sequence<UInt8>, body: (_ line: [UInt8], _ isCut: Bool) -> Void) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        finish(body: body)
      } else if line.count < limit {
        line.append(byte)
      } else {
        isOverlong = true
      }
    }
  }

  /// The last line of a stream that did not end it.
  mutating func finish(body: (_ line: [UInt8], _ isCut: Bool) -> Void) {
    if !line.isEmpty { body(line, isOverlong) }
    line.removeAll(keepingCapacity: true)
    isOverlong = false
  }
}
