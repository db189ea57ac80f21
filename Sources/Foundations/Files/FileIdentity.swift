package import Glibc

/// What tells the bytes of a file from any others without reading them: which file it is, how long it is, and when its
/// bytes last changed.
///
/// Whoever changes them and sets the time back is not found out, and neither is a disk that loses some.
package struct FileIdentity: Sendable, Hashable, Codable {
  package let device: UInt64
  package let inode: UInt64
  /// Bytes.
  package let size: Int
  /// Nanoseconds since 1970.
  package let modified: Int

  package init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int(status.st_size)
    modified = Self.nanoseconds(status.st_mtim)
  }

  /// Whether a later change must show in the time of the last one: file systems count in steps of up to two seconds, and
  /// a change in the same step as the one before leaves no trace.
  /// - Parameter now: nanoseconds since 1970, before the file was read.
  package func isSettled(at now: Int) -> Bool { now - modified >= Self.step }

  private static let step = 2_000_000_000

  /// Nanoseconds since 1970.
  package static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return nanoseconds(time)
  }

  private static func nanoseconds(_ time: timespec) -> Int { time.tv_sec * 1_000_000_000 + time.tv_nsec }
}
