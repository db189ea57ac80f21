import CArchive

/// What xz streams in a row decompress to, every check verified, within `FixedLimits.decoderBytes` of decoder memory.
final class XzSource: ByteSource {
  private let file: FileSource
  private let stream = UnsafeMutablePointer<lzma_stream>.allocate(capacity: 1)
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileSource.blockBytes, alignment: 64)
  private var isAtEnd = false

  init(_ file: FileSource) throws {
    self.file = file
    stream.initialize(to: lzma_stream())
    guard carchive_xz_init(stream, UInt64(FixedLimits.decoderBytes)) == LZMA_OK else {
      throw DatasetError(.library("liblzma could not start"), file: file.path)
    }
  }

  deinit {
    lzma_end(stream)
    stream.deallocate()
    buffer.deallocate()
  }

  func next() throws -> UnsafeRawBufferPointer? {
    stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = buffer.count
    while stream.pointee.avail_out > 0, !isAtEnd {
      if stream.pointee.avail_in == 0, let block = try file.next() {
        stream.pointee.next_in = block.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = block.count
      }
      let isLast = stream.pointee.avail_in == 0
      switch lzma_code(stream, isLast ? LZMA_FINISH : LZMA_RUN) {
      case LZMA_OK: break
      case LZMA_STREAM_END: isAtEnd = true
      case LZMA_BUF_ERROR: throw failure(.truncated)
      case LZMA_MEMLIMIT_ERROR: throw failure(.decoderMemory(limit: FixedLimits.decoderBytes))
      case LZMA_MEM_ERROR: throw failure(.library("liblzma is out of memory"))
      case LZMA_FORMAT_ERROR: throw failure(.corrupt("xz: not an xz stream"))
      case LZMA_OPTIONS_ERROR: throw failure(.corrupt("xz: unsupported options"))
      default: throw failure(.corrupt("xz: wrong data or a wrong check"))
      }
    }
    let count = buffer.count - stream.pointee.avail_out
    return count > 0 ? UnsafeRawBufferPointer(rebasing: buffer[..<count]) : nil
  }

  private func failure(_ cause: DatasetError.Cause) -> DatasetError {
    DatasetError(cause, file: file.path, offset: file.bytesRead - stream.pointee.avail_in)
  }
}
