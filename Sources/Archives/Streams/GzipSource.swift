import CArchive

/// What gzip streams in a row decompress to, every CRC and length checked.
///
/// Zero bytes after the last stream are padding (tapes leave them); anything else there is refused, because a release
/// would silently lose it.
final class GzipSource: ByteSource {
  private let source: any ByteSource
  /// Says where in the compressed bytes something is wrong.
  private let fault: (_ cause: DatasetError.Cause, _ offset: Int) -> DatasetError
  /// Compressed bytes that the source has handed over.
  private var received = 0
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileSource.blockBytes, alignment: 64)
  private var isInStream = true
  private var isAtEnd = false

  init(
    _ source: any ByteSource, fault: @escaping (_ cause: DatasetError.Cause, _ offset: Int) -> DatasetError
  ) throws {
    self.source = source
    self.fault = fault
    stream.initialize(to: z_stream())
    guard carchive_gzip_init(stream) == Z_OK else {
      throw fault(.library("zlib could not start"), 0)
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    buffer.deallocate()
  }

  func next() throws -> UnsafeRawBufferPointer? {
    let start = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.next_out = start
    stream.pointee.avail_out = uInt(buffer.count)
    while stream.pointee.avail_out > 0, !isAtEnd {
      if stream.pointee.avail_in == 0 {
        guard let block = try source.next() else {
          guard !isInStream else { throw failure(.truncated) }
          isAtEnd = true
          break
        }
        feed(block)
      }
      guard isInStream else {
        try betweenStreams()
        continue
      }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: isInStream = false
      case Z_MEM_ERROR: throw failure(.library("zlib is out of memory"))
      default:
        let message = stream.pointee.msg.map { String(cString: $0) } ?? "unknown gzip error"
        throw failure(.corrupt("gzip: \(message)"))
      }
    }
    let count = buffer.count - Int(stream.pointee.avail_out)
    return count > 0 ? UnsafeRawBufferPointer(rebasing: buffer[..<count]) : nil
  }

  /// Compressed bytes that have been decoded.
  var consumed: Int { received - Int(stream.pointee.avail_in) }

  private func feed(_ block: UnsafeRawBufferPointer) {
    received += block.count
    // zlib's field is not const, but inflate does not write through it.
    stream.pointee.next_in = UnsafeMutablePointer(mutating: block.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = uInt(block.count)
  }

  /// After a stream: another one, or padding.
  private func betweenStreams() throws {
    guard let next = stream.pointee.next_in else { return }
    if next.pointee == 0x1F {
      guard inflateReset(stream) == Z_OK else { throw failure(.library("zlib could not start again")) }
      isInStream = true
    } else if next.pointee == 0 {
      stream.pointee.next_in = next + 1
      stream.pointee.avail_in -= 1
    } else {
      throw failure(.trailingData)
    }
  }

  private func failure(_ cause: DatasetError.Cause) -> DatasetError {
    fault(cause, consumed)
  }
}
