import Dispatch
import Foundations
import Synchronization

/// Compresses on a thread of its own, so that reading, marking and compressing overlap.
///
/// Chunks wait in a serial queue; at most `waitingChunks` of them exist at a time, so memory stays bounded and a slow
/// disk slows the producer. The order of chunks, and so the file, does not depend on timing.
final class ArchiveSink: Sendable {
  /// 8 chunks of 256 KiB: enough to ride over one batch's pause without showing in the memory of a job.
  static let waitingChunks = 8
  static let chunkBytes = 256 << 10

  private let queue = DispatchQueue(label: "dandyroll.archive-sink")
  private let slots = DispatchSemaphore(value: ArchiveSink.waitingChunks)
  private let sink: Mutex<CompressingSink>
  private let failure = Mutex<(any Error)?>(nil)

  init(path: String, container: ArchiveContainer, mode: UInt32 = 0o644) throws {
    sink = Mutex(try CompressingSink(path: path, container: container, mode: mode))
  }

  /// Hands over a chunk. An error of an earlier chunk is thrown here.
  func write(_ chunk: [UInt8]) throws {
    slots.wait()
    if let error = failure.withLock({ $0 }) {
      slots.signal()
      throw error
    }
    queue.async { [self] in
      defer { slots.signal() }
      guard failure.withLock({ $0 }) == nil else { return }
      do {
        try sink.withLock { try $0.write(chunk) }
      } catch {
        failure.withLock { $0 = error }
      }
    }
  }

  /// Waits for every chunk, ends the compressed stream and forces the file to the disk.
  ///
  /// - Returns: size and digest of the file.
  func finish() throws -> (bytes: Int, digest: HexDigest) {
    queue.sync {}
    if let error = failure.withLock({ $0 }) { throw error }
    return try sink.withLock { try $0.finish() }
  }
}
