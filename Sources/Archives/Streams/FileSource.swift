import Crypto
import Foundations

/// A stream of bytes that comes in blocks.
protocol ByteSource: AnyObject {
  /// The next block, never empty and valid until the next call; nil at the end, once the end has been verified.
  func next() throws -> UnsafeRawBufferPointer?
}

/// A regular file from its start to its end, with the digest of what was read, or a part of one.
final class FileSource: ByteSource, ArchiveOrigin {
  /// Large enough that system calls do not show beside decompression.
  static let blockBytes = 256 << 10
  /// Of parts: a member is read to its end, and little beyond.
  static let partBlockBytes = 16 << 10
  static let reportEvery = 1 << 20

  let path: String
  let size: Int
  private let file: StrangersFile
  private let buffer: UnsafeMutableRawBufferPointer
  private let report: ProgressReport
  /// What is read; nil for the whole file, wherever its end is.
  private let part: Range<Int>?
  private let opened: FileIdentity?
  private var hash = SHA256()
  private var reported = 0
  private(set) var bytesRead = 0
  /// Whether the end of the file has been seen.
  private(set) var isAtEnd = false
  /// The first block, read at the start for its magic and not handed out yet.
  private var first: UnsafeRawBufferPointer?

  /// - Throws: `DatasetError` when the file cannot be opened, is empty, no regular file, or above `limits.archiveBytes`.
  convenience init(path: String, limits: InputLimits, report: @escaping ProgressReport) throws {
    let file: StrangersFile
    do throws(FileFault) {
      file = try StrangersFile(path, limit: limits.archiveBytes)
    } catch {
      switch error {
      case .system(let call, let number):
        throw DatasetError(.io(operation: call == "open" ? "opening" : "examining", errno: number), file: path)
      case .tooLarge(let bytes, let limit):
        throw DatasetError(.archiveTooLarge(bytes: bytes, limit: limit), file: path)
      default: throw DatasetError(.notRegularFile, file: path)
      }
    }
    guard file.size > 0 else { throw DatasetError(.emptyFile, file: path) }
    self.init(file, path: path, report: report)
  }

  /// - Parameter path: what it is called in errors.
  init(_ file: StrangersFile, path: String, report: @escaping ProgressReport) {
    self.file = file
    self.path = path
    self.report = report
    part = nil
    let now = FileIdentity.now()
    opened = (try? file.identity()).flatMap { $0.isSettled(at: now) ? $0 : nil }
    size = file.size
    buffer = .allocate(byteCount: Self.blockBytes, alignment: 64)
  }

  /// A part of the same file, read for itself: nobody hears of it.
  init(_ whole: FileSource, part: Range<Int>) {
    (file, path, size, opened) = (whole.file, whole.path, whole.size, whole.opened)
    self.part = part
    report = { _ in }
    buffer = .allocate(byteCount: Self.partBlockBytes, alignment: 64)
  }

  var identity: FileIdentity? {
    guard let opened, let now = try? file.identity(), now == opened else { return nil }
    return opened
  }

  deinit { buffer.deallocate() }

  /// The first bytes of the file, without consuming them.
  func head(_ count: Int) throws -> [UInt8] {
    if bytesRead == 0 { first = try read() }
    return Array((first ?? UnsafeRawBufferPointer(start: nil, count: 0)).prefix(count))
  }

  /// Bytes of the file, wherever the reading is; the caller has judged their number.
  func bytes(_ range: Range<Int>) throws -> [UInt8] {
    do throws(FileFault) { return try file.bytes(range) } catch { throw failure(error, at: range.lowerBound) }
  }

  func next() throws -> UnsafeRawBufferPointer? {
    if let block = first {
      first = nil
      return block
    }
    return try read()
  }

  func digest() -> HexDigest {
    precondition(isAtEnd)
    return HexDigest(hash.finalize())
  }

  func verifyEnd() throws {
    guard try next() == nil else { throw DatasetError(.trailingData, file: path, offset: bytesRead) }
  }

  func reportNow() throws {
    reported = bytesRead
    try report(ArchiveProgress(bytesRead: bytesRead, bytesTotal: size))
  }

  func reportEnd() throws {
    reported = bytesRead
    try report(ArchiveProgress(over: path, bytes: bytesRead))
  }

  private func read() throws -> UnsafeRawBufferPointer? {
    if let part { return try read(of: part) }
    // Whole blocks, so that what follows sees the same cuts whatever the kernel returns.
    let filled: Int
    do throws(FileFault) { filled = try file.read(into: buffer, at: bytesRead) } catch {
      throw failure(error, at: bytesRead)
    }
    if filled < buffer.count { isAtEnd = true }
    bytesRead += filled
    if bytesRead - reported >= Self.reportEvery || (isAtEnd && bytesRead > reported) { try reportNow() }
    guard filled > 0 else { return nil }
    let block = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
    hash.update(bufferPointer: block)
    return block
  }

  private func read(of part: Range<Int>) throws -> UnsafeRawBufferPointer? {
    let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, part.count - bytesRead)])
    let filled: Int
    do throws(FileFault) { filled = try file.read(into: wanted, at: part.lowerBound + bytesRead) } catch {
      throw failure(error, at: part.lowerBound + bytesRead)
    }
    bytesRead += filled
    isAtEnd = filled < wanted.count || bytesRead == part.count
    return filled > 0 ? UnsafeRawBufferPointer(rebasing: wanted[..<filled]) : nil
  }

  private func failure(_ fault: FileFault, at offset: Int) -> DatasetError {
    guard case .system(_, let number) = fault else { return DatasetError(.archiveChanged, file: path) }
    return DatasetError(.io(operation: "reading", errno: number), file: path, offset: offset)
  }
}
