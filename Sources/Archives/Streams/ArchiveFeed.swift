import CArchive

/// Hands a byte source to a libarchive reader and keeps what goes wrong on the way.
final class ArchiveFeed {
  private let source: any ByteSource
  /// Judges the number of bytes handed over so far; what it throws ends the reading.
  private let check: (_ delivered: Int) throws -> Void
  /// Sees every block before libarchive does.
  private let watch: (UnsafeRawBufferPointer) -> Void
  private(set) var failure: (any Error)?
  private(set) var isAtEnd = false
  /// Bytes handed over so far, and the block that holds the last of them.
  private(set) var delivered = 0
  private(set) var block = UnsafeRawBufferPointer(start: nil, count: 0)

  init(
    _ source: any ByteSource, watch: @escaping (UnsafeRawBufferPointer) -> Void = { _ in },
    check: @escaping (_ delivered: Int) throws -> Void = { _ in }
  ) {
    self.source = source
    self.watch = watch
    self.check = check
  }

  /// Opens `handle` on this feed, which must outlive it.
  func open(_ handle: OpaquePointer) -> Int32 {
    archive_read_open(
      handle, Unmanaged.passUnretained(self).toOpaque(), nil,
      { _, context, block in
        guard let context, let block else { return -1 }
        return Unmanaged<ArchiveFeed>.fromOpaque(context).takeUnretainedValue().read(into: block)
      }, nil)
  }

  /// The next block of the source, after the checks.
  func next() throws -> UnsafeRawBufferPointer? {
    guard !isAtEnd, let next = try source.next() else {
      isAtEnd = true
      return nil
    }
    block = next
    delivered += next.count
    try check(delivered)
    watch(next)
    return next
  }

  private func read(into out: UnsafeMutablePointer<UnsafeRawPointer?>) -> la_ssize_t {
    // An error cannot cross libarchive: it is kept here, and libarchive only learns that there is one.
    guard failure == nil else { return -1 }
    do {
      let next = try next()
      out.pointee = next?.baseAddress
      return next?.count ?? 0
    } catch {
      failure = error
      return -1
    }
  }
}
