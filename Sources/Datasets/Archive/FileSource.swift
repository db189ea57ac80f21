import Crypto
import Glibc

/// A regular file from its start to its end, with the digest of what was read.
final class FileSource: ByteSource {
  /// Large enough that system calls do not show beside decompression.
  static let blockBytes = 256 << 10
  static let reportEvery = 1 << 20

  let path: String
  let size: Int
  private let descriptor: Int32
  private let buffer: UnsafeMutableRawBufferPointer
  private let report: ProgressReport
  private var hash = SHA256()
  private var reported = 0
  private(set) var bytesRead = 0
  /// Whether the end of the file has been seen.
  private(set) var isAtEnd = false
  /// The first block, read at the start for its magic and not handed out yet.
  private var first: UnsafeRawBufferPointer?

  /// - Throws: `DatasetError` when the file cannot be opened, is empty, no regular file, or above `limits.archiveBytes`.
  init(path: String, limits: Limits, report: @escaping ProgressReport) throws {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw DatasetError(.io(operation: "opening", errno: errno), file: path) }
    self.path = path
    self.report = report
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw DatasetError(.io(operation: "examining", errno: code), file: path)
    }
    size = Int(status.st_size)
    let refusal: DatasetError.Cause? =
      if status.st_mode & S_IFMT != S_IFREG {
        .notRegularFile
      } else if size == 0 {
        .emptyFile
      } else if size > limits.archiveBytes {
        .archiveTooLarge(bytes: size, limit: limits.archiveBytes)
      } else {
        nil
      }
    if let refusal {
      close(descriptor)
      throw DatasetError(refusal, file: path)
    }
    buffer = .allocate(byteCount: Self.blockBytes, alignment: 64)
  }

  deinit {
    close(descriptor)
    buffer.deallocate()
  }

  /// The first bytes of the file, without consuming them.
  func head(_ count: Int) throws -> [UInt8] {
    if bytesRead == 0 { first = try read() }
    return Array((first ?? UnsafeRawBufferPointer(start: nil, count: 0)).prefix(count))
  }

  func next() throws -> UnsafeRawBufferPointer? {
    if let block = first {
      first = nil
      return block
    }
    return try read()
  }

  /// SHA-256 of the whole file; it must have been read to its end.
  func digest() -> ContentDigest {
    precondition(isAtEnd)
    return ContentDigest(hash.finalize())
  }

  /// Says how far it is, whatever it has said before.
  func reportNow() throws {
    reported = bytesRead
    try report(ArchiveProgress(bytesRead: bytesRead, bytesTotal: size))
  }

  private func read() throws -> UnsafeRawBufferPointer? {
    // Whole blocks, so that what follows sees the same cuts whatever the kernel returns.
    var filled = 0
    while filled < buffer.count, !isAtEnd {
      let count = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
      if count > 0 {
        filled += count
      } else if count == 0 {
        isAtEnd = true
      } else if errno != EINTR {
        throw DatasetError(.io(operation: "reading", errno: errno), file: path, offset: bytesRead + filled)
      }
    }
    bytesRead += filled
    if bytesRead - reported >= Self.reportEvery || (isAtEnd && bytesRead > reported) { try reportNow() }
    guard filled > 0 else { return nil }
    let block = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
    hash.update(bufferPointer: block)
    return block
  }
}
