import Foundations
import Glibc

/// A file beside an archive that holds what will be a member of it, until its size is known; it is removed with this object
/// at the latest.
final class Spool {
  private let path: String
  private let sink: CompressingSink

  /// - Parameter container: how it is compressed.
  init(path: String, container: ArchiveContainer) throws {
    self.path = path
    sink = try CompressingSink(path: path, container: container)
  }

  deinit { unlink(path) }

  func write(_ bytes: UnsafeRawBufferPointer) throws { try sink.write(Array(bytes)) }

  /// Hands over the size of the whole, then its content in blocks.
  func hand(begin: (_ bytes: Int) throws -> Void, content: (UnsafeRawBufferPointer) throws -> Void) throws {
    try begin(try sink.finish().bytes)
    let file = try FileSource(path: path, limits: InputLimits(), report: { _ in })
    while let block = try file.next() { try content(block) }
  }
}
