import CArchive

/// Expands deflated content that has neither header nor check sum.
///
/// - Source: RFC 1951.
final class Inflater {
  enum Fault: Error {
    case source(any Error)
    case corrupt(String)
    case unfinished
  }

  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileSource.blockBytes, alignment: 64)
  private var isAtEnd = false

  init?() {
    stream.initialize(to: z_stream())
    guard carchive_inflate_init(stream) == Z_OK else { return nil }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    buffer.deallocate()
  }

  /// Bytes behind the end that were handed over.
  var unread: Int { Int(stream.pointee.avail_in) }

  func reset() {
    inflateReset(stream)
    stream.pointee.avail_in = 0
    isAtEnd = false
  }

  /// The next expanded bytes, valid until the next call; nil at the end.
  /// - Parameter more: the next deflated bytes; nil if there are none.
  func next(_ more: () throws -> UnsafeRawBufferPointer?) throws(Fault) -> UnsafeRawBufferPointer? {
    stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = uInt(buffer.count)
    while stream.pointee.avail_out > 0, !isAtEnd {
      if stream.pointee.avail_in == 0 {
        let block: UnsafeRawBufferPointer?
        do { block = try more() } catch { throw .source(error) }
        guard let block else { throw .unfinished }
        // zlib's field is not const, but inflate does not write through it.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: block.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = uInt(block.count)
      }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: isAtEnd = true
      default: throw .corrupt(stream.pointee.msg.map { String(cString: $0) } ?? "unknown error")
      }
    }
    let count = buffer.count - Int(stream.pointee.avail_out)
    return count > 0 ? UnsafeRawBufferPointer(rebasing: buffer[..<count]) : nil
  }
}

/// CRC-32 as zip archives have it.
struct ZipChecksum {
  private(set) var value: UInt32 = 0

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    value = UInt32(crc32(uLong(value), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), uInt(bytes.count)))
  }

  static func crc(of bytes: [UInt8]) -> UInt32 {
    var checksum = ZipChecksum()
    bytes.withUnsafeBytes { checksum.update($0) }
    return checksum.value
  }
}
