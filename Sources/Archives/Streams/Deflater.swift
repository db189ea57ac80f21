import CArchive

/// Deflates content without header and check sum.
///
/// - Source: RFC 1951.
final class Deflater {
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64 << 10)

  /// - Parameter level: 1 … 9.
  init?(level: Int32) {
    stream.initialize(to: z_stream())
    guard carchive_deflate_init(stream, level) == Z_OK else { return nil }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
    buffer.deallocate()
  }

  func reset() { deflateReset(stream) }

  /// Appends what has come out; with the last bytes everything.
  /// - Returns: false if zlib failed.
  func deflate(_ bytes: UnsafeRawBufferPointer, isLast: Bool, into output: inout [UInt8]) -> Bool {
    // zlib's field is not const, but deflate does not write through it.
    stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = uInt(bytes.count)
    while true {
      stream.pointee.next_out = buffer.baseAddress
      stream.pointee.avail_out = uInt(buffer.count)
      let status = CArchive.deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
      guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return false }
      output += buffer[..<(buffer.count - Int(stream.pointee.avail_out))]
      if stream.pointee.avail_out > 0 { return !isLast || status == Z_STREAM_END }
    }
  }
}
