import CLinux
import Foundation

/// What the daemon asks of the world besides files: time, chance, and room on disk.
package struct HostSystem: Sendable {
  /// Milliseconds since 1970.
  package var now: @Sendable () -> Int = { Int(Date().timeIntervalSince1970 * 1000) }
  /// Milliseconds on a clock that never jumps.
  package var steady: @Sendable () -> Int = { Int(clinux_monotonic_microseconds() / 1000) }
  /// A new job's seed, below 2^63 so that the ledger and the configuration can hold it.
  package var seed: @Sendable () -> UInt64 = { UInt64.random(in: 0...UInt64(Int64.max)) }
  package var filesystem: @Sendable (String) throws(FileError) -> Filesystem = { path throws(FileError) in
    try Filesystem.of(path)
  }

  package init() {}
}
