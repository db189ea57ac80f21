import Foundation

/// A new folder that goes, with all that is in it, when the object does.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "dandyroll-bench-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  /// Removes what is there of these.
  func remove(_ names: String...) throws {
    for name in names where FileManager.default.fileExists(atPath: "\(path)/\(name)") {
      try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
  }

  // Left behind it would be a few megabytes in a folder that the system clears; there is nobody to tell.
  deinit { try? FileManager.default.removeItem(atPath: path) }
}
