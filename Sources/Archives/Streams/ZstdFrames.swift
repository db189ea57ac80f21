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
  private let cursor: ByteCursor
  /// The first bytes after the skippable frames.
  private var start: [UInt8] = []
  private var isStarted = false
  private var handsOutStart = false

  init(_ file: FileSource) {
    self.file = file
    cursor = ByteCursor(file)
  }

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
    return try cursor.piece()
  }

  /// The bytes of `start`, which the caller of `next` may still read when the array is gone.
  private var startBytes = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  deinit { startBytes.deallocate() }

  private func begin() throws {
    guard !isStarted else { return }
    isStarted = true
    start = try cursor.take(8)
    while start.count == 8, Self.isSkippable(start) {
      guard try cursor.skip(start.number(at: 4, bytes: 4)) else {
        throw DatasetError(.truncated, file: file.path, offset: file.bytesRead)
      }
      start = try cursor.take(8)
    }
    handsOutStart = true
    startBytes = .allocate(capacity: start.count)
    _ = startBytes.initialize(from: start)
  }
}
