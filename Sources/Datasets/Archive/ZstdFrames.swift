/// A zstd file from its first frame with content on: libarchive does not know one by the skippable frames before it,
/// which pzstd writes.
///
/// - Source: RFC 8878 §3.1.2.
final class ZstdFrames: ByteSource {
  static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  /// Whether a file starts with a skippable frame. lz4 has the same ones; what follows them tells.
  static func isSkippable(_ head: [UInt8]) -> Bool {
    head.count >= 4 && head[0] & 0xF0 == 0x50 && head[1...3].elementsEqual([0x2A, 0x4D, 0x18])
  }

  private let file: FileSource
  /// The first bytes after the skippable frames, and then what their block holds beyond them.
  private var start: [UInt8] = []
  private var rest: UnsafeRawBufferPointer?
  private var isStarted = false
  private var handsOutStart = false

  init(_ file: FileSource) { self.file = file }

  /// The first bytes, at most 8, without consuming them.
  func head(_ count: Int) throws -> [UInt8] {
    try begin()
    return Array(start.prefix(count))
  }

  func next() throws -> UnsafeRawBufferPointer? {
    try begin()
    if handsOutStart {
      handsOutStart = false
      guard start.isEmpty else { return UnsafeRawBufferPointer(startBytes) }
    }
    if let block = rest {
      rest = nil
      return block
    }
    return try file.next()
  }

  /// The bytes of `start`, which the caller of `next` may still read when the array is gone.
  private var startBytes = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  deinit { startBytes.deallocate() }

  private func begin() throws {
    guard !isStarted else { return }
    isStarted = true
    start = try take(8)
    while start.count == 8, Self.isSkippable(start) {
      try skip(start[4...].reversed().reduce(0) { $0 << 8 | Int($1) })
      start = try take(8)
    }
    handsOutStart = true
    startBytes = .allocate(capacity: start.count)
    _ = startBytes.initialize(from: start)
  }

  /// The next bytes of the file, fewer at its end.
  private func take(_ count: Int) throws -> [UInt8] {
    var taken: [UInt8] = []
    while taken.count < count, let block = try block() {
      let piece = block.prefix(count - taken.count)
      taken += piece
      rest = piece.count < block.count ? UnsafeRawBufferPointer(rebasing: block.dropFirst(piece.count)) : nil
    }
    return taken
  }

  private func skip(_ count: Int) throws {
    var left = count
    while left > 0 {
      guard let block = try block() else { throw DatasetError(.truncated, file: file.path, offset: file.bytesRead) }
      let passed = min(left, block.count)
      left -= passed
      rest = passed < block.count ? UnsafeRawBufferPointer(rebasing: block.dropFirst(passed)) : nil
    }
  }

  private func block() throws -> UnsafeRawBufferPointer? {
    defer { rest = nil }
    return try rest ?? file.next()
  }
}
