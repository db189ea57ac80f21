import CArchive

/// Takes what a libarchive writer produces and keeps what goes wrong on the way.
///
/// It outlives the handle, because closing an abandoned handle frees the compressor's memory but also tries to write.
final class WriteTarget {
  private let body: (UnsafeRawBufferPointer) throws -> Void
  private(set) var failure: (any Error)?

  init(_ body: @escaping (UnsafeRawBufferPointer) throws -> Void) {
    self.body = body
  }

  /// Opens `handle` on this target, which must outlive it.
  func open(_ handle: OpaquePointer) -> Int32 {
    archive_write_open(
      handle, Unmanaged.passUnretained(self).toOpaque(), nil,
      { _, context, start, count in
        guard let context else { return -1 }
        return Unmanaged<WriteTarget>.fromOpaque(context).takeUnretainedValue()
          .accept(UnsafeRawBufferPointer(start: start, count: count))
      }, nil)
  }

  /// Frees `handle`. Unless it was closed before, nothing that it still holds is written.
  func free(_ handle: OpaquePointer) {
    failure = failure ?? CancellationError()
    archive_write_close(handle)
    archive_write_free(handle)
  }

  private func accept(_ bytes: UnsafeRawBufferPointer) -> la_ssize_t {
    // An error cannot cross libarchive: it is kept here, and libarchive only learns that there is one.
    guard failure == nil else { return -1 }
    do {
      try body(bytes)
      return bytes.count
    } catch {
      failure = error
      return -1
    }
  }
}
