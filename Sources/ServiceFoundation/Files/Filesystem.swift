import CLinux
import Glibc

/// What statfs says of the filesystem that holds a path.
package struct Filesystem: Sendable, Equatable {
  /// Bytes that may still be written.
  package var available: Int
  /// Equal for paths on the same filesystem.
  var device: UInt64
  /// The name of a kind that changes behind this kernel's back (NFS, CIFS, FUSE …); nil for a local disk.
  package var remoteKind: String?

  init(available: Int, device: UInt64, remoteKind: String? = nil) {
    self.available = available
    self.device = device
    self.remoteKind = remoteKind
  }

  /// - Throws: `FileError.failed`.
  package static func of(_ path: String) throws(FileError) -> Filesystem {
    var info = clinux_filesystem()
    let result = clinux_filesystem(path, &info)
    guard result == 0 else { throw .failed(operation: "look at the filesystem of", path: path, errno: -result) }
    return Filesystem(
      available: Int(clamping: info.available), device: info.device, remoteKind: remoteKinds[info.magic])
  }

  /// linux/magic.h and the drivers' own headers.
  private static let remoteKinds: [UInt64: String] = [
    0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2", 0x6573_5546: "FUSE", 0x0102_1997: "9P",
    0x00C3_6400: "Ceph", 0x5346_414F: "AFS", 0x7375_7245: "Coda", 0x0BD0_0BD0: "Lustre", 0x4750_4653: "GPFS",
    0x7461_636F: "OCFS2", 0x0116_1970: "GFS2", 0x564C: "NCP",
  ]
}
