/// Reads a source of blocks in whatever pieces a format wants.
final class ByteCursor {
  private let source: any ByteSource
  private var rest: UnsafeRawBufferPointer?
  /// Where the next byte is: behind those that have been taken.
  private(set) var position: Int

  /// - Parameter position: of the source's first byte.
  init(_ source: any ByteSource, at position: Int = 0) {
    self.source = source
    self.position = position
  }

  /// The next bytes that lie together, at least one, valid until the next call; nil at the end.
  func piece(atMost count: Int = .max) throws -> UnsafeRawBufferPointer? {
    guard let block = try rest ?? source.next() else { return nil }
    let piece = UnsafeRawBufferPointer(rebasing: block.prefix(count))
    rest = piece.count < block.count ? UnsafeRawBufferPointer(rebasing: block.dropFirst(piece.count)) : nil
    position += piece.count
    return piece
  }

  /// The next bytes, fewer at the end.
  func take(_ count: Int) throws -> [UInt8] {
    var taken: [UInt8] = []
    while taken.count < count, let piece = try piece(atMost: count - taken.count) { taken += piece }
    return taken
  }

  /// Passes over bytes; false if there are fewer.
  func skip(_ count: Int) throws -> Bool {
    var left = count
    while left > 0 {
      guard let piece = try piece(atMost: left) else { return false }
      left -= piece.count
    }
    return true
  }
}

extension Collection<UInt8> {
  /// The number in `count` bytes from `offset` on, the least significant first; `Int.max` for more than that.
  func number(at offset: Int, bytes count: Int) -> Int {
    let field = dropFirst(offset).prefix(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(clamping: field)
  }
}
